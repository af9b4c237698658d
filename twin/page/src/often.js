// Which emoji this person uses most, remembered by the browser; before they used any, those that people often use.

const KEY = "twin-often";
const MOST = 60;
const FIRST = [
  "white_check_mark",
  "eyes",
  "raised_hands",
  "+1",
  "tada",
  "heart",
  "joy",
  "thinking_face",
  "pray",
  "fire",
  "rocket",
  "x",
];

const counts = () => {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
};

export function often(limit) {
  const used = counts();
  const mine = Object.keys(used).sort((a, b) => used[b] - used[a]);
  return [...new Set([...mine, ...FIRST])].slice(0, limit);
}

export function countUse(name) {
  const used = counts();
  used[name] = (used[name] ?? 0) + 1;
  const kept = Object.entries(used).sort((a, b) => b[1] - a[1]);
  localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept.slice(0, MOST))));
}
