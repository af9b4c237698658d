// A line or two of a found message around the first word that was looked for, with the words marked.
import { emoji } from "../emoji.js";
import { nameOf } from "../mentions.jsx";
import { unescape } from "../mrkdwn.jsx";
import { useStore } from "../store.js";

const BEFORE = 60;
const SHOWN = 240;

export function Excerpt({ message, words }) {
  const users = useStore((s) => s.users);
  const channels = useStore((s) => s.channels);
  const text = plain(message, users, channels);
  const first = words.length ? text.search(pattern(words)) : -1;
  const start = first > BEFORE ? text.lastIndexOf(" ", first - BEFORE / 2) + 1 : 0;
  const part = text.slice(start, start + SHOWN);
  const pieces = words.length ? part.split(new RegExp(`(${words.map(escape).join("|")})`, "gi")) : [part];
  return (
    <span className="excerpt">
      {start ? "…" : ""}
      {pieces.map((piece, i) => (i % 2 ? <mark key={i}>{piece}</mark> : piece))}
      {start + SHOWN < text.length ? "…" : ""}
      {message.files?.length ? (
        <small className="excerpt-files"> 📎 {message.files.map((f) => f.title || f.name).join(", ")}</small>
      ) : null}
    </span>
  );
}

const escape = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const pattern = (words) => new RegExp(words.map(escape).join("|"), "i");

// What a message says, as one line of plain words.
function plain(message, users, channels) {
  const said = message.text || textOf(message.blocks);
  return unescape(
    said
      .replace(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id) => `@${nameOf(users[id]) ?? id}`)
      .replace(
        /<#([A-Z0-9]+)(?:\|([^>]*))?>/g,
        (_, id, label) => `#${channels.find((c) => c.id === id)?.name ?? label ?? id}`,
      )
      .replace(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
      .replace(/<!subteam\^[^|>]*\|?@?([^>]*)>/g, "@$1")
      .replace(/<!(\w+)[^>]*>/g, "@$1")
      .replace(/<([^|>]+)\|([^>]+)>/g, "$2")
      .replace(/<([^>]+)>/g, "$1"),
  )
    .replace(/(^|[\s(])([*_~`]+)(\S(?:[^\n]*?\S)?)\2(?=$|[\s.,;:!?)])/g, "$1$3")
    .replace(/:([a-z0-9_+'-]+):/g, (whole, name) => emoji(name) ?? whole)
    .replace(/\s+/g, " ")
    .trim();
}

function textOf(blocks) {
  const said = [];
  const walk = (node) => {
    if (Array.isArray(node)) node.forEach(walk);
    else if (node && typeof node === "object") {
      for (const [key, value] of Object.entries(node)) {
        if ((key === "text" || key === "title") && typeof value === "string") said.push(value);
        else walk(value);
      }
    }
  };
  walk(blocks);
  return said.join(" ");
}
