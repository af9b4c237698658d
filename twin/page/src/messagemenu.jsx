// What appears at the corner of a message under the pointer: quick reactions, reply, and the menu with everything
// else one can do to it, the app's own message shortcuts among them. It never lies on a button of the message.
import { useContext, useLayoutEffect, useRef, useState } from "react";
import { emoji } from "./emoji.js";
import { EmojiPicker } from "./emojipicker.jsx";
import { often } from "./often.js";
import { Icon } from "./icons.jsx";
import { deedsOn } from "./messagedeeds.js";
import { Menu } from "./popover.jsx";
import { Twin, usePerson, useStore } from "./store.js";
import { inspectItem } from "./workshop/about.jsx";

const QUICK = 3;

export function MessageMenu({ channel, message, inThread, onHold }) {
  const person = usePerson();
  const { store } = useContext(Twin);
  const shortcuts = useStore((s) => s.shortcuts);
  const where = useStore((s) => s.channels.find((c) => c.id === channel));
  const [open, setOpen] = useState(null);
  const [quick] = useState(() => often(QUICK));
  const box = useRef(null);
  useLayoutEffect(() => keepClear(box.current), []);

  const show = (what, anchor) => {
    setOpen(what ? { what, anchor } : null);
    onHold(Boolean(what));
  };
  const close = () => show(null);
  if (!where) return null;
  const deeds = deedsOn({ person, state: store.get(), channel: where, message, inThread });

  const items = [
    deeds.mayMarkUnread && { label: "Mark unread", hint: "U", onPick: deeds.markUnread, marks: mark("mark-unread") },
    { label: "Copy link", hint: "L", onPick: deeds.copyLink, marks: mark("copy-link") },
    {
      label: "Copy text",
      onPick: () =>
        deeds.copyText(box.current?.closest(".message").querySelector(".content")?.innerText ?? message.text),
      marks: mark("copy-text"),
    },
    deeds.mayPin && {
      label: deeds.isPinned ? "Un-pin from this conversation" : "Pin to this conversation",
      hint: "P",
      onPick: deeds.togglePin,
      marks: mark("pin-message"),
    },
    inspectItem(channel, message),
    ...shortcutItems(shortcuts, (callback_id) =>
      person.act("message_shortcut", { channel, ts: message.ts, callback_id }),
    ),
    (deeds.mayEdit || deeds.mayDelete) && { divider: true },
    deeds.mayEdit && { label: "Edit message", hint: "E", onPick: deeds.edit, marks: mark("edit-message") },
    deeds.mayDelete && {
      label: "Delete message…",
      hint: "delete",
      danger: true,
      onPick: deeds.remove,
      marks: mark("delete-message"),
    },
  ].filter(Boolean);

  return (
    <div ref={box} className="message-menu" role="toolbar" aria-label="Message actions">
      {quick.map((name) => (
        <button
          key={name}
          type="button"
          className="quick"
          title={`React with :${name}:`}
          aria-label={`React with ${name.replaceAll("_", " ")}`}
          data-quick={name}
          onClick={() => person.toggleReaction(channel, message, name)}
        >
          <span className="emoji">{emoji(name)}</span>
        </button>
      ))}
      <button
        type="button"
        title="Find another reaction"
        aria-label="Find another reaction"
        data-testid="add-reaction"
        onClick={(event) => show("emoji", event.currentTarget)}
      >
        <Icon name="smile" />
      </button>
      {inThread ? null : (
        <button
          type="button"
          title="Reply in thread"
          aria-label="Reply in thread"
          data-testid="reply-in-thread"
          onClick={deeds.openThread}
        >
          <Icon name="reply" />
        </button>
      )}
      <button
        type="button"
        title="More actions"
        aria-label="More actions"
        aria-haspopup="menu"
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

const mark = (name) => ({ "data-testid": name });

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

const PRESSED = "button, a[href], input, textarea, [role=combobox], [contenteditable]";
const STEP = 44;
const FIRST = { top: -16, right: 16 };

// Moves the toolbar to the first spot at the upper edge of its message where it lies on nothing one could press,
// neither of this message nor of the one above; where there is none, to the spot that hides least.
function keepClear(menu) {
  const article = menu.closest(".message");
  const ground = article.getBoundingClientRect();
  const view = menu.closest(".scroll")?.getBoundingClientRect() ?? ground;
  const { width, height } = menu.getBoundingClientRect();
  const above = article.previousElementSibling?.matches(".message") ? article.previousElementSibling : null;
  const taken = [article, above]
    .flatMap((one) => [...(one?.querySelectorAll(PRESSED) ?? [])])
    .filter((one) => !menu.contains(one))
    .map((one) => one.getBoundingClientRect())
    .filter((rect) => rect.width && rect.bottom > ground.top - height && rect.top < ground.top + height * 2);
  const spots = [FIRST, { top: 2 - height, right: FIRST.right }];
  for (let right = FIRST.right + STEP; right + width < ground.width; right += STEP) {
    spots.push({ top: FIRST.top, right }, { top: 2 - height, right });
  }
  let best = null;
  for (const spot of spots) {
    const top = ground.top + spot.top;
    const left = ground.right - spot.right - width;
    const rect = { top, left, right: left + width, bottom: top + height };
    const outside = Math.max(0, view.top - rect.top) * width;
    const hidden = outside + taken.reduce((sum, one) => sum + overlap(one, rect), 0);
    if (!best || hidden < best.hidden) best = { ...spot, hidden };
    if (!hidden) break;
  }
  menu.style.top = `${best.top}px`;
  menu.style.right = `${best.right}px`;
}

const overlap = (a, b) =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
