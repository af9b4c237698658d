// The keys that work everywhere in the window, as in Slack where a browser leaves them free. One list serves both the
// listener and the page that explains them.
import { inOrder } from "../order.js";
import { isBold } from "../unread.js";

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

const EDITABLE = "input, textarea, select, [contenteditable]";

export const isTyping = () => Boolean(document.activeElement?.matches?.(EDITABLE));

// Everything the page of shortcuts shows: [title, [[keys, words], …]]. "Mod" is Ctrl, or Cmd on a Mac.
export const SHORTCUTS = [
  [
    "Getting around",
    [
      ["Mod K", "Jump to a conversation"],
      ["Mod Shift K", "New message"],
      ["Mod Shift L", "Browse channels"],
      ["Alt ↑ / ↓", "Previous or next conversation"],
      ["Alt Shift ↑ / ↓", "Previous or next unread conversation"],
      ["Mod F", "Search in this conversation"],
      ["Mod G or /", "Search everything"],
      ["F6", "Next part of the window"],
      ["Esc", "Close what is open"],
      ["Mod /", "These shortcuts"],
      ["Mod .", "Workshop: traffic, faults, clock, recordings"],
    ],
  ],
  [
    "Read and unread",
    [
      ["Esc", "Mark this conversation as read"],
      ["Shift Esc", "Mark everything as read"],
      ["Alt click", "Mark as unread from a message on"],
      ["Mod J", "Jump to the first new message"],
    ],
  ],
  [
    "Messages",
    [
      ["Shift Tab", "From the field to the messages"],
      ["↑ / ↓ or K / J", "Previous or next message"],
      ["R", "React"],
      ["T or →", "Open the thread"],
      ["E", "Edit your message"],
      ["U", "Mark as unread"],
      ["P", "Pin"],
      ["L", "Copy the link"],
      ["Delete", "Delete your message"],
    ],
  ],
  [
    "Writing",
    [
      ["Enter", "Send"],
      ["Shift Enter", "New line"],
      ["↑ in an empty field", "Edit your last message"],
      ["+:emoji:", "React to the last message"],
      ["Mod B / I", "Bold, italic"],
      ["Mod Shift X / C", "Strike through, code"],
      ["Mod U", "Attach a file"],
    ],
  ],
];

function step(state, by, onlyUnread) {
  const all = inOrder(state);
  const now = all.findIndex((c) => c.id === state.place.channel);
  for (let i = 1; i <= all.length; i++) {
    const one = all[(now + by * i + all.length * 2) % all.length];
    if (one && one.id !== state.place.channel && (!onlyUnread || isBold(one))) return one;
  }
  return null;
}

// From the list at the left to the messages, to the field, to what is open at the right, and round again.
function nextPart(isBack) {
  const part = (selector) => document.querySelector(selector);
  const last = [...document.querySelectorAll('main [data-testid="message"]')].at(-1);
  const parts = [
    part(".sidebar .channel-link.here") ?? part(".sidebar .channel-link"),
    last,
    part("main .composer textarea"),
    part("aside .composer textarea, aside input, aside button"),
  ].filter((one) => one?.checkVisibility?.({ checkVisibilityCSS: true }));
  const now = parts.findIndex((one) => one.closest("nav, .scroll, .composer, aside")?.contains(document.activeElement));
  parts[(now + (isBack ? -1 : 1) + parts.length) % parts.length]?.focus();
}

// Answers a key; true when it was one of these. `isBlocked` is set while a modal or a question is open.
export function answer(event, { store, person, isBlocked }) {
  if (isBlocked) return false;
  const state = store.get();
  const isMod = isMac ? event.metaKey : event.ctrlKey;
  const key = event.key.toLowerCase();
  if (isMod && !event.altKey) return withMod(event, key, { state, person });
  if (event.altKey && !isMod && (key === "arrowup" || key === "arrowdown")) {
    const next = step(state, key === "arrowup" ? -1 : 1, event.shiftKey);
    if (next) person.go({ channel: next.id });
    return true;
  }
  if (key === "f6") {
    nextPart(event.shiftKey);
    return true;
  }
  if (key === "escape") return escape(event, { state, person });
  if (event.altKey || isMod || isTyping()) return false;
  if (key === "/") {
    person.beside({ what: "search" });
    return true;
  }
  if ((key === "j" || key === "k") && !document.activeElement?.closest('[data-testid="message"]')) {
    const last = [...document.querySelectorAll('main [data-testid="message"]')].at(-1);
    last?.focus();
    return Boolean(last);
  }
  // Whoever goes on typing after a click somewhere means the field. The letter itself arrives there by this same key.
  const isFree = !document.activeElement?.closest("button, a, [role=dialog], [role=menu], [role=listbox], .popover");
  if (event.key.length === 1 && event.key !== " " && isFree && !event.target.closest(".popover, [role=dialog]")) {
    document.querySelector("aside.thread .composer textarea, main .composer textarea")?.focus();
  }
  return false;
}

function withMod(event, key, { state, person }) {
  if (key === "k") {
    person.show(event.shiftKey ? "compose" : "jump");
    return true;
  }
  if (key === "l" && event.shiftKey) {
    person.show("browse");
    return true;
  }
  if (event.shiftKey && key !== "/" && key !== "?") return false;
  switch (key) {
    case "/":
    case "?":
      person.show(state.panel === "shortcuts" ? null : "shortcuts");
      return true;
    case "f": {
      const here = state.channels.find((c) => c.id === state.place.channel);
      const name = here && !here.is_im && !here.is_mpim ? `in:#${here.name} ` : "";
      person.beside({ what: "search", query: name });
      return true;
    }
    case "g":
      person.beside({ what: "search" });
      return true;
    case "j": {
      const line = document.querySelector('[data-testid="new-line"]');
      line?.scrollIntoView({ block: "center" });
      return true;
    }
    default:
      return false;
  }
}

// What one was in is gone; the field is where one goes on.
const backToField = () =>
  requestAnimationFrame(() => {
    const { activeElement } = document;
    if (activeElement === document.body) document.querySelector("main .composer textarea")?.focus();
  });

function escape(event, { state, person }) {
  if (event.shiftKey) {
    person.markAllRead();
    person.say("Everything is marked as read.");
    return true;
  }
  const { panel, place, side } = state;
  if (panel) person.show(null);
  else if (place.thread) person.closeThread();
  else if (side) person.beside(null);
  else if (place.channel) person.markRead(place.channel);
  backToField();
  return true;
}
