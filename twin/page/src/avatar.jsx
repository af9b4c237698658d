// The square beside a name: the person's picture when the twin has one itself, else initials on a colour that
// stays with that person. Pictures elsewhere on the internet are never fetched.
import { nameOf } from "./mentions.jsx";

const COLOURS = [
  "#4c6fbf",
  "#b4436c",
  "#2f8f6b",
  "#c2702b",
  "#7a52b3",
  "#2a87a8",
  "#a8483b",
  "#5c7c2f",
  "#98509e",
  "#3f7d7d",
  "#b58a1b",
  "#586a7f",
];

// Addresses on this machine are asked for by path, so that they stay on the page's own origin; others are null.
export function localAddress(url) {
  if (!url) return null;
  if (/^data:image\//.test(url) || /^\/(?!\/)/.test(url)) return url;
  try {
    const { hostname, pathname, search } = new URL(url);
    const isHere = hostname === location.hostname || hostname === "localhost" || hostname === "127.0.0.1";
    return isHere ? pathname + search : null;
  } catch {
    return null;
  }
}

export function initials(name) {
  const words = (name ?? "?").replace(/[^\p{L}\p{N}\s]/gu, " ").trim().split(/\s+/);
  const letters = words.length > 1 ? words[0][0] + words[words.length - 1][0] : words[0].slice(0, 1);
  return letters.toUpperCase();
}

function colourOf(id, user) {
  if (/^[0-9a-f]{6}$/i.test(user?.color ?? "")) return `#${user.color}`;
  let sum = 7;
  for (const char of id ?? "") sum = (sum * 31 + char.charCodeAt(0)) % 99991;
  return COLOURS[sum % COLOURS.length];
}

export function Avatar({ user, name, image, size = 36 }) {
  const picture = localAddress(image ?? user?.profile?.image_72 ?? user?.profile?.image_48);
  const style = { width: size, height: size, fontSize: Math.round(size * 0.42) };
  if (picture) return <img className="avatar" src={picture} alt="" style={style} />;
  const label = name ?? nameOf(user);
  return (
    <span className="avatar" style={{ ...style, background: colourOf(user?.id ?? label, user) }} aria-hidden="true">
      {size < 26 ? initials(label)[0] : initials(label)}
    </span>
  );
}
