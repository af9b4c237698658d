// The threads a person follows, because they began them, answered in them or were named there, and how many replies
// they have not seen. Pure functions of the state.
import { threadKey } from "./store.js";
import { callsMe } from "./unread.js";

// The followed threads after a reply arrived; null when nothing changes.
export function withReply(state, { channel, message }) {
  if (message.is_ephemeral) return null;
  const key = threadKey(channel, message.thread_ts);
  const me = state.me?.id;
  const known = state.follows[key];
  const isMine = message.user === me;
  const root = state.lists[channel]?.messages.find((m) => m.ts === message.thread_ts);
  const author = message.parent_user_id ?? root?.user;
  if (!known && !isMine && author !== me && !callsMe(state, message)) return null;
  if (known && message.ts <= known.latest_reply) return null;
  const unread = isMine ? 0 : (known?.unread ?? 0) + 1;
  const next = { ...known, channel, thread_ts: message.thread_ts, latest_reply: message.ts, unread };
  return { ...state.follows, [key]: next };
}

export function withoutUnread(follows, key) {
  return follows[key]?.unread ? { ...follows, [key]: { ...follows[key], unread: 0 } } : follows;
}
