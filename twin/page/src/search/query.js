// What is typed into the search field: plain words, and filters such as from:@ana, in:#help, has:link, before: and
// after: a day. Pure functions; the twin understands the same line.

const FILTER = /(?:^|\s)(from|in|has|before|after):(\S+)/gi;

// {words, from, in, has: [], before, after} of what was typed.
export function readQuery(typed) {
  const found = { words: "", from: null, in: null, has: [], before: null, after: null };
  found.words = typed
    .replace(FILTER, (_, name, value) => {
      const key = name.toLowerCase();
      if (key === "has") found.has.push(value.toLowerCase());
      else found[key] = value.replace(/^[@#]/, "");
      return " ";
    })
    .replace(/\s+/g, " ")
    .trim();
  return found;
}

export function writeQuery({ words, from, in: where, has, before, after }) {
  return [
    where ? `in:#${where}` : "",
    from ? `from:@${from}` : "",
    ...has.map((one) => `has:${one}`),
    before ? `before:${before}` : "",
    after ? `after:${after}` : "",
    words,
  ]
    .filter(Boolean)
    .join(" ");
}

// The words to mark in what was found.
export const wordsToMark = (typed) =>
  readQuery(typed)
    .words.split(/\s+/)
    .map((word) => word.replace(/["*]/g, ""))
    .filter((word) => word.length > 1);
