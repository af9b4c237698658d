// What is bold and what carries a number: a channel with anything new is bold, a number counts what calls for this
// person (direct messages, their name, a group they are in, everybody). Pure functions of the state.
import { isDirect } from "./store.js";

// True when a message calls this person by name, by a group, or with everybody else.
export function callsMe(state, message) {
  const me = state.me?.id;
  const text = message.text ?? "";
  if (!me || message.user === me) return false;
  if (text.includes(`<@${me}`) || /<!(channel|here|everyone)\b/.test(text)) return true;
  return [...text.matchAll(/<!subteam\^([A-Z0-9]+)/g)].some((m) => state.usergroups[m[1]]?.users?.includes(me));
}

export const isMine = (channel) => Boolean(channel.is_member || isDirect(channel));

export const isBold = (channel) => isMine(channel) && (channel.unread ?? 0) > 0;

// The number beside a channel, 0 for none.
export const badgeOf = (channel) =>
  !isBold(channel) ? 0 : isDirect(channel) ? channel.unread : (channel.mentions ?? 0);

export const unreadFollows = (state) => Object.values(state.follows).filter((t) => t.unread > 0);

// How many things are new in all, for the title of the window.
export const newInAll = (state) =>
  state.channels.reduce((n, c) => n + (isMine(c) ? (c.unread ?? 0) : 0), 0) +
  unreadFollows(state).reduce((n, t) => n + t.unread, 0);
