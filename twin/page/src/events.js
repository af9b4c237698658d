// What changes on the screen when the twin says that something happened: a message arrives at the bottom, a
// reaction appears, a channel turns bold, a modal opens. Pure functions of the state; no network here.
import { isReply, threadKey } from "./store.js";

export function applyEvent(state, event) {
  switch (event.type) {
    case "message":
      return bumpUnread(state, event, upsert(state, event.channel, event.message, true));
    case "message_changed":
      return upsert(state, event.channel, event.message, false);
    case "message_deleted":
      return remove(state, event.channel, event.ts);
    case "views":
      return { views: event.stack };
    case "home":
      return { home: event.view };
    case "channel":
      return { channels: withChannel(state.channels, event.channel) };
    case "read":
      return { channels: patchChannel(state.channels, event.channel, { unread: 0 }) };
    default:
      return {};
  }
}

// A message of the past that changes must not be drawn as if it were new, so a change is only put into a list
// that already reaches back to it.
function upsert(state, channel, message, isNew) {
  const patch = {};
  const list = state.lists[channel];
  if (list && (!isReply(message) || message.subtype === "thread_broadcast" || message.reply_broadcast)) {
    const oldest = list.messages[0]?.ts;
    if (isNew || !list.hasMore || (oldest && message.ts >= oldest)) {
      patch.lists = { ...state.lists, [channel]: { ...list, messages: merge(list.messages, [message]) } };
    }
  }
  const key = threadKey(channel, message.thread_ts ?? message.ts);
  const thread = state.threads[key];
  if (thread) patch.threads = { ...state.threads, [key]: merge(thread, [message]) };
  return patch;
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
    threads[key] =
      !isRoot && key.startsWith(`${channel}/`) ? messages.filter((m) => m.ts !== ts) : messages;
  }
  patch.threads = threads;
  return patch;
}

// The twin may also send the channel with its own count; whichever comes second must not count twice, so a
// message already behind the channel's last one is not counted here.
function bumpUnread(state, event, patch) {
  const { channel, message } = event;
  const known = state.channels.find((c) => c.id === channel);
  if (!known || isReply(message) || message.ts <= (known.last_ts ?? "")) return patch;
  const isMine = message.user === state.me?.id;
  const unread = isMine ? known.unread : (known.unread ?? 0) + 1;
  return { ...patch, channels: patchChannel(state.channels, channel, { unread, last_ts: message.ts }) };
}

function withChannel(channels, channel) {
  const known = channels.some((c) => c.id === channel.id);
  return known ? patchChannel(channels, channel.id, channel) : [...channels, channel];
}

export const patchChannel = (channels, id, patch) =>
  channels.map((c) => (c.id === id ? { ...c, ...patch } : c));
