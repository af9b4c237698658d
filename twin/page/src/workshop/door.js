// Whether the workshop is open in this window, on which side, how large, and what it looks at. Each window remembers
// that for itself, over reloads too; the side and the size are also what the next new window begins with.
import { useMemo, useSyncExternalStore } from "react";

const KEY = "twin-workshop";
const CHANGED = "twin-workshop";
const WIDE_ENOUGH = 1280;

const SHUT = { isOpen: false, tab: "traffic", about: null, hasFaults: false };

const parsed = (text) => (text ? JSON.parse(text) : {});

// By side: a tall window has room below, a wide one beside the messages.
const startSize = () => ({ dock: innerWidth >= WIDE_ENOUGH ? "right" : "bottom", width: 600, height: 340 });

export function readDoor(text = sessionStorage.getItem(KEY)) {
  return { ...SHUT, ...startSize(), ...parsed(localStorage.getItem(KEY)), ...parsed(text) };
}

export function changeDoor(patch) {
  const door = { ...readDoor(), ...patch };
  sessionStorage.setItem(KEY, JSON.stringify(door));
  const { dock, width, height } = door;
  localStorage.setItem(KEY, JSON.stringify({ dock, width, height }));
  dispatchEvent(new Event(CHANGED));
}

export const toggleDoor = () => changeDoor({ isOpen: !readDoor().isOpen });

// Opens the workshop on the rows of one message ({channel, ts, thread_ts}) or one view ({view, title}).
export const inspect = (about) => changeDoor({ isOpen: true, tab: "traffic", about });

function subscribe(changed) {
  addEventListener(CHANGED, changed);
  return () => removeEventListener(CHANGED, changed);
}

export function useDoor() {
  const text = useSyncExternalStore(subscribe, () => sessionStorage.getItem(KEY));
  return useMemo(() => readDoor(text), [text]);
}
