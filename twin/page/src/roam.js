// Moving among messages by keys: arrows (or J and K) go from one to the next, and while one has the focus a single
// letter does to it what Slack's own letters do. Esc leads back to the field one writes in.
import { deedsOn } from "./messagedeeds.js";

const BUSY = "input, textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=menu]";
const STEPS = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 };

const messagesIn = (box) => [...box.querySelectorAll('[data-testid="message"]')];

export function focusMessage(article) {
  if (!article) return false;
  article.focus({ preventScroll: true });
  article.scrollIntoView({ block: "nearest" });
  return true;
}

// The message nearest to the bottom of what is seen.
export function focusLast(box) {
  const bottom = box.getBoundingClientRect().bottom;
  const seen = messagesIn(box).filter((one) => one.getBoundingClientRect().top < bottom - 8);
  return focusMessage(seen.at(-1));
}

const focusField = (box) =>
  box.closest("main, aside")?.querySelector('.composer textarea, [data-testid="composer"]')?.focus();

// Answers a key pressed somewhere inside `box`; true when it was one of these.
export function roam(event, { box, store, person, inThread = false }) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(BUSY)) return false;
  const article = event.target.closest('[data-testid="message"]');
  const isBare = event.target === article || event.target === box;
  const step = STEPS[event.key];
  if (step && (isBare || article)) {
    const all = messagesIn(box);
    if (!article) return focusLast(box);
    const next = all[all.indexOf(article) + step];
    if (!next && step > 0) focusField(box);
    else focusMessage(next);
    return true;
  }
  if (!article) return false;
  if (event.key === "Home" || event.key === "End")
    return focusMessage(messagesIn(box).at(event.key === "Home" ? 0 : -1));
  if (event.key === "Escape" && !event.shiftKey) {
    event.stopPropagation();
    focusField(box);
    return true;
  }
  // Somebody who has only clicked on a message and goes on typing means the field, not the message.
  if (!event.target.matches(":focus-visible")) return false;
  return letter(event, article, { store, person, inThread });
}

function letter(event, article, { store, person, inThread }) {
  const state = store.get();
  const channel = state.channels.find((c) => c.id === state.place.channel);
  const known = inThread ? Object.values(state.threads).flat() : (state.lists[channel?.id]?.messages ?? []);
  const message = known.find((m) => m.ts === article.dataset.ts);
  if (!channel || !message) return false;
  const deeds = deedsOn({ person, state, channel, message, inThread });
  switch (event.key) {
    case "r":
    case "R":
      article.querySelector('[data-testid="add-reaction"]')?.click();
      return true;
    case "t":
    case "T":
    case "ArrowRight":
      if (!inThread) deeds.openThread();
      return true;
    case "e":
    case "E":
      if (deeds.mayEdit) deeds.edit();
      return true;
    case "u":
    case "U":
      if (deeds.mayMarkUnread) deeds.markUnread();
      return true;
    case "p":
    case "P":
      if (deeds.mayPin) deeds.togglePin();
      return true;
    case "l":
    case "L":
      deeds.copyLink();
      return true;
    case "Delete":
    case "Backspace":
      if (deeds.mayDelete) deeds.remove();
      return true;
    default:
      return false;
  }
}
