// Light or dark: as the system says, until the person presses the sun or the moon.
import { useSyncExternalStore } from "react";

const KEY = "twin-theme";
const system = () => matchMedia("(prefers-color-scheme: dark)");

const chosen = () => localStorage.getItem(KEY);

const isDarkNow = () => (chosen() ?? (system().matches ? "dark" : "light")) === "dark";

export function applyTheme() {
  document.documentElement.dataset.theme = isDarkNow() ? "dark" : "light";
}

function subscribe(changed) {
  const media = system();
  media.addEventListener("change", changed);
  addEventListener("twin-theme", changed);
  return () => {
    media.removeEventListener("change", changed);
    removeEventListener("twin-theme", changed);
  };
}

export function useTheme() {
  const isDark = useSyncExternalStore(subscribe, isDarkNow);
  const toggle = () => {
    localStorage.setItem(KEY, isDark ? "light" : "dark");
    dispatchEvent(new Event("twin-theme"));
  };
  return { isDark, toggle };
}
