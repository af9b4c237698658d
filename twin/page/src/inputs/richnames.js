// Between names as people type and read them, and the ids that Slack's rich text holds.
import { emoji } from "../emoji.js";
import { nameOf } from "../mentions.jsx";

// What "@ana" or "#help" means: an element of rich text, or null.
export function named(typed, { users, channels, usergroups }) {
  const name = typed
    .slice(1)
    .replace(/[.-]+$/, "")
    .toLowerCase();
  if (typed[0] === "#") {
    const channel = channels.find((c) => c.name === name && !c.is_im);
    return channel ? { type: "channel", channel_id: channel.id } : null;
  }
  if (/^(here|channel|everyone)$/.test(name)) return { type: "broadcast", range: name };
  const user = Object.values(users).find((u) => u.name === name);
  if (user) return { type: "user", user_id: user.id };
  const group = Object.values(usergroups).find((g) => g.handle === name);
  return group ? { type: "usergroup", usergroup_id: group.id } : null;
}

// How an element that stands for something reads.
export function wordsOf(piece, { users, channels, usergroups }) {
  switch (piece.type) {
    case "emoji":
      return emoji(piece.name) ?? `:${piece.name}:`;
    case "user":
      return `@${nameOf(users[piece.user_id]) ?? piece.user_id}`;
    case "channel":
      return `#${channels.find((c) => c.id === piece.channel_id)?.name ?? piece.channel_id}`;
    case "usergroup":
      return `@${usergroups[piece.usergroup_id]?.handle ?? piece.usergroup_id}`;
    case "broadcast":
      return `@${piece.range}`;
    default:
      return piece.text ?? piece.fallback ?? "";
  }
}
