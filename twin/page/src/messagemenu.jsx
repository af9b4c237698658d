// What appears at the corner of a message under the pointer: quick reactions, reply, and the menu with edit,
// delete, copy link and the app's own message shortcuts.
import { useState } from "react";
import { emoji, QUICK } from "./emoji.js";
import { EmojiPicker } from "./emojipicker.jsx";
import { Icon } from "./icons.jsx";
import { linkTo } from "./place.js";
import { Menu } from "./popover.jsx";
import { isReply, usePerson, useStore } from "./store.js";

const DELETE = {
  title: { text: "Delete message" },
  text: { type: "plain_text", text: "Are you sure you want to delete this message? This cannot be undone." },
  confirm: { text: "Delete" },
  deny: { text: "Cancel" },
  style: "danger",
};

export function MessageMenu({ channel, message, inThread, isMine, onHold }) {
  const person = usePerson();
  const shortcuts = useStore((s) => s.shortcuts);
  const channelName = useStore((s) => s.channels.find((c) => c.id === channel)?.name);
  const [open, setOpen] = useState(null);
  const show = (what, anchor) => {
    setOpen(what ? { what, anchor } : null);
    onHold(Boolean(what));
  };
  const close = () => show(null);

  const copyLink = async () => {
    const root = isReply(message) ? message.thread_ts : null;
    const link = linkTo({ channel: channelName ?? channel, thread: root, message: message.ts });
    try {
      await navigator.clipboard.writeText(link);
      person.say("Link copied.");
    } catch {
      person.say(link);
    }
  };
  const remove = async () => {
    if (await person.confirm(DELETE)) person.act("delete", { channel, ts: message.ts });
  };
  const items = [
    { label: "Copy link", onPick: copyLink, marks: { "data-testid": "copy-link" } },
    ...(isMine
      ? [
          { divider: true },
          {
            label: "Edit message",
            hint: "↑",
            onPick: () => person.edit({ channel, ts: message.ts, inThread }),
            marks: { "data-testid": "edit-message" },
          },
          { label: "Delete message…", danger: true, onPick: remove, marks: { "data-testid": "delete-message" } },
        ]
      : []),
    ...shortcutItems(shortcuts, (callback_id) =>
      person.act("message_shortcut", { channel, ts: message.ts, callback_id }),
    ),
  ];

  return (
    <div className="message-menu" role="toolbar" aria-label="Message actions">
      {QUICK.map((name) => (
        <button
          key={name}
          type="button"
          title={`React with :${name}:`}
          data-quick={name}
          onClick={() => person.toggleReaction(channel, message, name)}
        >
          <span className="emoji">{emoji(name)}</span>
        </button>
      ))}
      <button
        type="button"
        aria-label="Find another reaction"
        data-testid="add-reaction"
        onClick={(event) => show("emoji", event.currentTarget)}
      >
        <Icon name="smile" />
      </button>
      {inThread ? null : (
        <button
          type="button"
          aria-label="Reply in thread"
          data-testid="reply-in-thread"
          onClick={() => person.openThread(channel, message.thread_ts ?? message.ts)}
        >
          <Icon name="reply" />
        </button>
      )}
      <button
        type="button"
        aria-label="More actions"
        data-testid="more-actions"
        onClick={(event) => show(open?.what === "menu" ? null : "menu", event.currentTarget)}
      >
        <Icon name="more" />
      </button>
      {open?.what === "menu" ? <Menu anchor={open.anchor} align="end" items={items} onClose={close} /> : null}
      {open?.what === "emoji" ? (
        <EmojiPicker
          anchor={open.anchor}
          onClose={close}
          onPick={(name) => person.act("react", { channel, ts: message.ts, name })}
        />
      ) : null}
    </div>
  );
}

const isForMessages = (shortcut) => /message/.test(shortcut.type ?? "");

function shortcutItems(shortcuts, run) {
  const fitting = shortcuts.filter(isForMessages);
  if (!fitting.length) return [];
  return [
    { divider: true },
    ...fitting.map((shortcut) => ({
      label: shortcut.name,
      hint: shortcut.description,
      onPick: () => run(shortcut.callback_id),
      marks: { "data-shortcut": shortcut.callback_id },
    })),
  ];
}
