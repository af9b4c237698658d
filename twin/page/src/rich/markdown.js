// Reads Markdown, the dialect of `markdown` blocks and of streamed answers, into a small tree that can be drawn:
// headings, paragraphs, lists with boxes to tick, quotes, code, tables, rules, and the styles within a line. Pure.

const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+#.-]*)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const ROW = /^\s*\|?(.+?)\|?\s*$/;
const DASHES = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

export function readMarkdown(text) {
  return blocks(text.replace(/\r\n?/g, "\n").split("\n"));
}

function blocks(lines) {
  const out = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i];
    const fence = FENCE.exec(line);
    if (!line.trim()) i++;
    else if (fence) {
      const body = [];
      const mark = fence[1];
      for (i++; i < lines.length && !lines[i].trim().startsWith(mark); i++) body.push(lines[i]);
      i++;
      out.push({ kind: "code", text: body.join("\n"), language: fence[2] });
    } else if (HEADING.test(line)) {
      const [, marks, words] = HEADING.exec(line);
      out.push({ kind: "heading", level: marks.length, inline: inline(words) });
      i++;
    } else if (RULE.test(line)) {
      out.push({ kind: "rule" });
      i++;
    } else if (/^\s{0,3}>/.test(line)) {
      const inside = [];
      for (; i < lines.length && /^\s{0,3}>/.test(lines[i]); i++) inside.push(lines[i].replace(/^\s{0,3}> ?/, ""));
      out.push({ kind: "quote", blocks: blocks(inside) });
    } else if (line.includes("|") && DASHES.test(lines[i + 1] ?? "")) {
      const head = cells(line);
      const align = cells(lines[i + 1]).map(alignment);
      const rows = [];
      for (i += 2; i < lines.length && lines[i].includes("|") && lines[i].trim(); i++) rows.push(cells(lines[i]));
      out.push({ kind: "table", align, head: head.map(inline), rows: rows.map((row) => row.map(inline)) });
    } else if (ITEM.test(line)) {
      const [list, next] = listAt(lines, i);
      out.push(list);
      i = next;
    } else {
      const said = [];
      for (; i < lines.length && lines[i].trim() && !starts(lines, i); i++) said.push(lines[i]);
      if (!said.length) said.push(lines[i++]);
      out.push({ kind: "paragraph", inline: inline(said.join("\n")) });
    }
  }
  return out;
}

const starts = (lines, i) =>
  FENCE.test(lines[i]) ||
  HEADING.test(lines[i]) ||
  RULE.test(lines[i]) ||
  ITEM.test(lines[i]) ||
  /^\s{0,3}>/.test(lines[i]) ||
  (lines[i].includes("|") && DASHES.test(lines[i + 1] ?? ""));

const cells = (line) => (ROW.exec(line)?.[1] ?? "").split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));

const alignment = (dashes) =>
  /^:.*:$/.test(dashes) ? "center" : dashes.endsWith(":") ? "right" : dashes.startsWith(":") ? "left" : undefined;

// A list ends where a line is neither an item nor belongs to one.
function listAt(lines, from) {
  const [, indent, mark] = ITEM.exec(lines[from]);
  const isOrdered = /\d/.test(mark);
  const list = { kind: "list", isOrdered, start: isOrdered ? parseInt(mark, 10) : undefined, items: [] };
  let i = from;
  while (i < lines.length) {
    const item = ITEM.exec(lines[i]);
    if (
      !item ||
      item[1].length > indent.length + 1 ||
      /\d/.test(item[2]) !== isOrdered ||
      item[1].length < indent.length
    )
      break;
    const inner = [item[3]];
    const depth = item[1].length + item[2].length + 1;
    for (i++; i < lines.length; i++) {
      const isBlank = !lines[i].trim();
      const isInside = /^\s+/.exec(lines[i])?.[0].length > item[1].length + 1;
      const isLazy = !isBlank && !starts(lines, i) && lines[i - 1]?.trim();
      if (isBlank ? !/^\s{2,}\S/.test(lines[i + 1] ?? "") : !isInside && !isLazy) break;
      inner.push(lines[i].slice(Math.min(depth, /^\s*/.exec(lines[i])[0].length)));
    }
    const box = /^\[([ xX])\]\s+/.exec(inner[0]);
    if (box) inner[0] = inner[0].slice(box[0].length);
    list.items.push({ isTicked: box ? box[1] !== " " : null, blocks: blocks(inner) });
    if (!lines[i]?.trim() && ITEM.test(lines[i + 1] ?? "")) i++;
  }
  return [list, i];
}

const INLINE = [
  [/^`{1,2}([^`](?:[\s\S]*?[^`])?)`{1,2}(?!`)/, (m) => ({ kind: "code", text: m[1] })],
  [/^!\[([^\]\n]*)\]\(([^()\s]+)(?:\s+"[^"]*")?\)/, (m) => ({ kind: "image", text: m[1], url: m[2] })],
  [
    /^\[((?:[^[\]\n]|\[[^\]]*\])+)\]\(([^()\s]+(?:\([^()\s]*\))?)(?:\s+"[^"]*")?\)/,
    (m) => ({ kind: "link", url: m[2], inline: inline(m[1]) }),
  ],
  [/^<(https?:\/\/[^>\s]+|mailto:[^>\s]+)>/, (m) => ({ kind: "link", url: m[1], inline: [m[1]] })],
  [/^<([@#!][^>\n]+)>/, (m) => ({ kind: "token", text: m[0] })],
  [/^\*\*(?=\S)([\s\S]*?\S)\*\*/, (m) => ({ kind: "strong", inline: inline(m[1]) })],
  [/^__(?=\S)([\s\S]*?\S)__(?!\w)/, (m) => ({ kind: "strong", inline: inline(m[1]) })],
  [/^~~(?=\S)([\s\S]*?\S)~~/, (m) => ({ kind: "strike", inline: inline(m[1]) })],
  [/^\*(?=[^\s*])([^*\n]*[^\s*])\*/, (m) => ({ kind: "em", inline: inline(m[1]) })],
  [/^_(?=[^\s_])([^_\n]*[^\s_])_(?!\w)/, (m) => ({ kind: "em", inline: inline(m[1]) })],
  [/^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/, (m) => ({ kind: "emoji", name: m[1] })],
  [/^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)'"\]*_~]/, (m) => ({ kind: "link", url: m[0], inline: [m[0]] })],
  [/^(?: {2,}|\\)\n/, () => ({ kind: "break" })],
  [/^\\([\\`*_{}[\]()#+\-.!|~<>])/, (m) => m[1]],
];

// A line as text and pieces: [string | {kind, …}].
export function inline(text) {
  const out = [];
  let plain = "";
  const put = (piece) => {
    if (typeof piece === "string") return void (plain += piece);
    if (plain) out.push(plain);
    plain = "";
    out.push(piece);
  };
  for (let i = 0; i < text.length;) {
    const found = /[`![<*_~:h \\]/.test(text[i]) ? pieceAt(text, i) : null;
    if (found) {
      put(found.piece);
      i += found.length;
    } else {
      plain += text[i++];
    }
  }
  if (plain) out.push(plain);
  return out;
}

function pieceAt(text, at) {
  const isInWord = /\w/.test(text[at - 1] ?? "");
  if (isInWord && /[_h:]/.test(text[at])) return null;
  const rest = text.slice(at);
  for (const [pattern, make] of INLINE) {
    const match = pattern.exec(rest);
    if (match) return { piece: make(match), length: match[0].length };
  }
  return null;
}
