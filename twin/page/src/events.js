// What changes on the screen when the twin says that something happened: a message arrives at the bottom, a
// reaction appears, a channel turns bold, a modal opens. Pure functions of the state; no network here.
import { withReply } from "./follows.js";
import { isReply, threadKey } from "./store.js";
import { callsMe } from "./unread.js";

const KEPT = 300;
const KEPT_ELSEWHERE = 120;
const TYPING_MS = 5000;

export function applyEvent(state, event, now = Date.now()) {
  switch (event.type) {
    case "message":
      return arrived(state, event);
    case "message_changed":
      return { ...upsert(state, event.channel, event.message, false), ...pinsAfter(state, event) };
    case "message_deleted":
      return remove(state, event.channel, event.ts);
    case "views":
      return { views: event.stack };
    case "home":
      return { home: event.view };
    case "channel":
      return { channels: withChannel(state.channels, event.channel) };
    case "read":
      return { channels: patchChannel(state.channels, event.channel, { unread: 0, mentions: 0 }) };
    case "assistant":
      return { assistant: withThread(state.assistant, event.thread) };
    case "presence":
      return { users: withPresence(state.users, event) };
    case "typing":
      return { typing: { ...state.typing, [event.channel]: { user: event.user, until: now + TYPING_MS } } };
    default:
      return {};
  }
}

function arrived(state, event) {
  const patch = bumpUnread(state, event, upsert(state, event.channel, event.message, true));
  const follows = isReply(event.message) ? withReply(state, event) : null;
  if (follows) patch.follows = follows;
  if (state.typing[event.channel]?.user === event.message.user) {
    patch.typing = { ...state.typing, [event.channel]: null };
  }
  return patch;
}

// A message of the past that changes must not be drawn as if it were new, so a change is only put into a list
// that already reaches to it; and a new message is not put below a gap.
function upsert(state, channel, message, isNew) {
  const patch = {};
  const list = state.lists[channel];
  if (list && (!isReply(message) || message.subtype === "thread_broadcast" || message.reply_broadcast)) {
    const next = withMessage(state, channel, list, message, isNew);
    if (next !== list) patch.lists = { ...state.lists, [channel]: next };
  }
  const key = threadKey(channel, message.thread_ts ?? message.ts);
  const thread = state.threads[key];
  if (thread) patch.threads = { ...state.threads, [key]: merge(thread, [message]) };
  return patch;
}

function withMessage(state, channel, list, message, isNew) {
  const isKnown = list.messages.some((m) => m.ts === message.ts);
  if (!isKnown) {
    const oldest = list.messages[0]?.ts;
    const reachesBack = !list.hasMore || (oldest && message.ts >= oldest);
    const reachesOn = !list.hasNewer || message.ts <= list.messages.at(-1)?.ts;
    if (isNew ? !reachesOn : !reachesBack || !reachesOn) return list;
  }
  const isUp = state.scrolledUp[channel];
  // Somebody who reads further up must not have the ground pulled away: what is new is then left for later.
  if (isUp && !isKnown && list.messages.length >= 2 * KEPT) return { ...list, hasNewer: true };
  const all = { ...list, messages: merge(list.messages, [message]) };
  if (isUp) return all;
  return trim(all, "oldest", state.place.channel === channel ? KEPT : KEPT_ELSEWHERE);
}

// Lets go of one end of a stretch of messages that has grown too long. A third more is allowed, so that this does
// not happen with every message.
export function trim(list, end, most = KEPT) {
  const { messages } = list;
  if (messages.length <= most * 1.34) return list;
  return end === "oldest"
    ? { ...list, messages: messages.slice(-most), hasMore: true }
    : { ...list, messages: messages.slice(0, most), hasNewer: true };
}

export function merge(known, incoming) {
  if (incoming.length === 1 && (!known.length || incoming[0].ts > known[known.length - 1].ts)) {
    return [...known, incoming[0]];
  }
  const byTs = new Map(known.map((m) => [m.ts, m]));
  for (const message of incoming) byTs.set(message.ts, message);
  return [...byTs.values()].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
}

function remove(state, channel, ts) {
  const patch = {};
  const list = state.lists[channel];
  if (list) {
    const messages = list.messages.filter((m) => m.ts !== ts);
    patch.lists = { ...state.lists, [channel]: { ...list, messages } };
  }
  const threads = {};
  for (const [key, messages] of Object.entries(state.threads)) {
    const isRoot = key === threadKey(channel, ts);
    threads[key] = !isRoot && key.startsWith(`${channel}/`) ? messages.filter((m) => m.ts !== ts) : messages;
  }
  patch.threads = threads;
  return patch;
}

// The twin may also send the channel with its own count; whichever comes second must not count twice, so a
// message already behind the channel's last one is not counted here.
function bumpUnread(state, event, patch) {
  const { channel, message } = event;
  const known = state.channels.find((c) => c.id === channel);
  const isShown = !isReply(message) || message.subtype === "thread_broadcast";
  if (!known || !isShown || message.is_ephemeral || message.ts <= (known.last_ts ?? "")) return patch;
  const more = message.user === state.me?.id ? 0 : 1;
  const unread = (known.unread ?? 0) + more;
  const mentions = (known.mentions ?? 0) + (callsMe(state, message) ? 1 : 0);
  return {
    ...patch,
    channels: patchChannel(state.channels, channel, { unread, mentions, last_ts: message.ts, is_closed: false }),
  };
}

// A channel's list of pins follows its messages.
function pinsAfter(state, { channel, message }) {
  const known = state.channels.find((c) => c.id === channel);
  const isPinned = Boolean(message.pinned_to?.length);
  const wasPinned = Boolean(known?.pinned?.includes(message.ts));
  if (!known || isPinned === wasPinned) return null;
  const others = (known.pinned ?? []).filter((ts) => ts !== message.ts);
  return { channels: patchChannel(state.channels, channel, { pinned: isPinned ? [message.ts, ...others] : others }) };
}

function withPresence(users, { user, is_active }) {
  return users[user] ? { ...users, [user]: { ...users[user], is_active } } : users;
}

function withChannel(channels, channel) {
  const known = channels.some((c) => c.id === channel.id);
  return known ? patchChannel(channels, channel.id, channel) : [...channels, channel];
}

function withThread(threads, thread) {
  const isIt = (t) => t.channel === thread.channel && t.thread_ts === thread.thread_ts;
  return threads.some(isIt) ? threads.map((t) => (isIt(t) ? { ...t, ...thread } : t)) : [...threads, thread];
}

export const patchChannel = (channels, id, patch) => channels.map((c) => (c.id === id ? { ...c, ...patch } : c));
