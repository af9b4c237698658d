// What one types above the timeline: words that must all occur, anywhere in a row. in:#billing, from:ana,
// method:chat.*, status:error (or ok, slow, retried, waiting, a code) and is:call, is:event, is:click, is:command
// narrow further; a minus in front turns one round.
import { isTrouble, read } from "./reading.js";

const SLOW = 1000;

// A function that tells whether a row fits; null when nothing is asked for.
export function wanted(text, names) {
  const terms = text.toLowerCase().match(/-?(?:\w+:)?"[^"]*"?|\S+/g) ?? [];
  if (!terms.length) return null;
  const tests = terms.map((term) => testOf(term, names));
  return (row) => tests.every((test) => test(row));
}

function testOf(term, names) {
  if (term.length > 1 && term.startsWith("-")) {
    const test = testOf(term.slice(1), names);
    return (row) => !test(row);
  }
  const [, key, value] = /^(in|status|method|event|is|from):(.*)$/.exec(term.replaceAll('"', "")) ?? [];
  if (!value) return testOfWord(term.replaceAll('"', ""), names);
  if (key === "in") return (row) => names.channel(read(row).channel).toLowerCase().includes(value);
  if (key === "from") return (row) => names.user(read(row).user).toLowerCase().includes(value.replace(/^@/, ""));
  if (key === "is") return (row) => read(row).kind === value || row.way === value;
  if (key === "status") return testOfStatus(value);
  return testOfName(value);
}

function testOfStatus(value) {
  if (value === "error") return (row) => read(row).tone === "bad";
  if (value === "problem") return isTrouble;
  if (value === "slow") return (row) => read(row).ms > SLOW;
  if (value === "retried") return (row) => (row.attempts?.length ?? 0) > 1;
  return (row) => read(row).state.includes(value) || String(row.status ?? "") === value;
}

// chat.* or *.open: a star stands for anything.
function testOfName(value) {
  if (!value.includes("*")) return (row) => read(row).name.toLowerCase().includes(value);
  const pattern = new RegExp(`^${value.split("*").map(escaped).join(".*")}$`);
  return (row) => pattern.test(read(row).name.toLowerCase());
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function testOfWord(word, names) {
  if (word.includes("*")) return testOfName(word);
  return (row) => {
    const { name, channel, user, words, state } = read(row);
    const head = `${name} ${names.channel(channel)} ${names.user(user)} ${words} ${state}`.toLowerCase();
    return head.includes(word) || everythingIn(row).includes(word);
  };
}

const texts = new WeakMap();
const MOST = 4000;

// Whatever stands anywhere in a row; put together only once somebody searches.
function everythingIn(row) {
  let text = texts.get(row);
  if (text === undefined) {
    text = JSON.stringify([row.args ?? row.payload, row.response ?? row.attempts]).slice(0, MOST).toLowerCase();
    texts.set(row, text);
  }
  return text;
}
