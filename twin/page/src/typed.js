// Between what is stored and what a person types: editing a message starts from "@ben", not from "<@U123>".
import { unescape } from "./mrkdwn.jsx";

export function toTyped(text, { users, channels, usergroups }) {
  const named = text.replace(/<([^<>\n|]+)(?:\|([^<>\n]*))?>/g, (whole, target, label) => {
    if (target.startsWith("@")) return `@${users[target.slice(1)]?.name ?? label ?? target.slice(1)}`;
    if (target.startsWith("#")) {
      return `#${channels.find((c) => c.id === target.slice(1))?.name ?? label ?? target.slice(1)}`;
    }
    if (target.startsWith("!subteam^")) return `@${usergroups[target.slice(9)]?.handle ?? label ?? "group"}`;
    if (target.startsWith("!date^")) return label ?? whole;
    if (target.startsWith("!")) return `@${target.slice(1)}`;
    return label && !target.includes(label) ? `${label} (${target})` : target.replace(/^mailto:/, "");
  });
  return unescape(named);
}
