// Emoji by Slack's names, as the characters of the reader's own system.
import data from "emoji:names";

export const emojiNames = data.names;

// Returns the character for "wave", "wave::skin-tone-3" or "+1", or null when Slack has no such name.
export function emoji(name) {
  const [base, tone] = name.split("::");
  const character = Object.hasOwn(data.characters, base) ? data.characters[base] : null;
  const shade = /^skin-tone-([2-6])$/.exec(tone ?? "")?.[1];
  if (!character || !shade) return character;
  return character.replace("\ufe0f", "") + String.fromCodePoint(0x1f3f9 + Number(shade));
}

export const fromUnicode = (hex) => String.fromCodePoint(...hex.split("-").map((h) => parseInt(h, 16)));

// Names that contain what was typed, those that begin with it first.
export function searchEmoji(typed, limit) {
  const wanted = typed.toLowerCase();
  const begins = emojiNames.filter((n) => n.startsWith(wanted));
  const contains = emojiNames.filter((n) => !n.startsWith(wanted) && n.includes(wanted));
  const alias = data.characters[wanted] && !begins.includes(wanted) ? [wanted] : [];
  return [...alias, ...begins, ...contains].slice(0, limit);
}

export const QUICK = ["white_check_mark", "eyes", "raised_hands"];
