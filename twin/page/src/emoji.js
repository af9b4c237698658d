// Emoji by Slack's names, as the characters of the reader's own system.
import data from "emoji:names";

// In the order of the picker: [{id, names}].
export const categories = data.categories;

const names = categories.flatMap((one) => one.names).sort((a, b) => /^\d/.test(a) - /^\d/.test(b));

// Returns the character for "wave", "wave::skin-tone-3" or "+1", or null when Slack has no such name.
export function emoji(name) {
  const [base, tone] = name.split("::");
  const character = Object.hasOwn(data.characters, base) ? data.characters[base] : null;
  const shade = /^skin-tone-([2-6])$/.exec(tone ?? "")?.[1];
  if (!character || !shade) return character;
  return character.replace("\ufe0f", "") + String.fromCodePoint(0x1f3f9 + Number(shade));
}

export const fromUnicode = (hex) => String.fromCodePoint(...hex.split("-").map((h) => parseInt(h, 16)));

// Names that contain what was typed, those that begin with it first; then those that mean it.
export function searchEmoji(typed, limit) {
  const wanted = typed.toLowerCase().trim().replace(/\s+/g, "_");
  const begins = names.filter((n) => n.startsWith(wanted));
  const contains = names.filter((n) => !n.startsWith(wanted) && n.includes(wanted));
  const means = names.filter((n) => !n.includes(wanted) && ` ${data.words[n] ?? ""}`.includes(` ${wanted}`));
  const alias = data.characters[wanted] && !begins.includes(wanted) ? [wanted] : [];
  return [...alias, ...begins, ...contains, ...means].slice(0, limit);
}
