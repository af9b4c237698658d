// What one can do to a message, the same whether by the menu at its corner or by a key while it has the focus.
import { linkTo } from "./place.js";
import { isReply } from "./store.js";

const DELETE = {
  title: { text: "Delete message" },
  text: { type: "plain_text", text: "Are you sure you want to delete this message? This cannot be undone." },
  confirm: { text: "Delete" },
  deny: { text: "Cancel" },
  style: "danger",
};

const UNPIN = {
  title: { text: "Remove pinned item" },
  text: { type: "plain_text", text: "Are you sure you want to remove this pinned item?" },
  confirm: { text: "Remove pinned item" },
  deny: { text: "Cancel" },
  style: "danger",
};

export const isPinned = (message) => Boolean(message.pinned_to?.length);

const copy = async (person, text, said) => {
  try {
    await navigator.clipboard.writeText(text);
    person.say(said);
  } catch {
    person.say(text);
  }
};

// `channel` is the channel itself, not its id.
export function deedsOn({ person, state, channel, message, inThread = false }) {
  const isMine = message.user === state.me.id && !message.bot_id;
  const id = channel.id;
  const isPlain = !message.is_ephemeral && message.subtype !== "tombstone";
  const pinned = isPinned(message);
  return {
    isPinned: pinned,
    mayEdit: isMine && isPlain && (!message.subtype || /^(thread_broadcast|file_share)$/.test(message.subtype)),
    mayDelete: isPlain && (isMine || Boolean(state.me.is_admin)),
    mayPin: isPlain && Boolean(channel.is_member || channel.is_im),
    mayMarkUnread: isPlain && !inThread && Boolean(channel.is_member || channel.is_im),
    copyLink: () => {
      const root = isReply(message) ? message.thread_ts : null;
      const name = channel.is_im || channel.is_mpim ? id : channel.name;
      return copy(person, linkTo({ channel: name, thread: root, message: message.ts }), "Link copied.");
    },
    copyText: (text) => copy(person, text, "Text copied."),
    edit: () => person.edit({ channel: id, ts: message.ts, inThread }),
    remove: async () => {
      if (await person.confirm(DELETE)) person.act("delete", { channel: id, ts: message.ts });
    },
    openThread: () => person.openThread(id, message.thread_ts ?? message.ts),
    markUnread: () => person.markUnread(id, message),
    togglePin: async () => {
      if (pinned && !(await person.confirm(UNPIN))) return;
      const answer = await person.act(pinned ? "unpin" : "pin", { channel: id, ts: message.ts });
      if (answer.ok !== false) person.say(pinned ? "No longer pinned." : "Pinned to this conversation.");
    },
  };
}
