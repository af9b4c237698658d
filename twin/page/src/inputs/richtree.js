// Between what stands in an editable field of the browser and Slack's rich_text: paragraphs, nested lists, quotes and
// code, with styles, links, emoji, people and channels inside. Nothing to see.
import { emoji } from "../emoji.js";

const STYLES = {
  B: "bold",
  STRONG: "bold",
  I: "italic",
  EM: "italic",
  S: "strike",
  STRIKE: "strike",
  DEL: "strike",
  U: "underline",
  CODE: "code",
};
const LINES = new Set(["DIV", "P"]);
const TOKEN =
  /(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:|https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)'"\]]|(?<![\w/])[@#][\w][\w.-]*)/g;

// `named` finds what "@ana" or "#help" means: an element, or null.
export function readEditor(root, named) {
  const out = [];
  let section = null;
  const into = () => {
    if (!section) out.push((section = { type: "rich_text_section", elements: [] }));
    return section.elements;
  };
  // One line after another is one section with line breaks, as Slack has it.
  const newLine = () => section?.elements.length && push(into(), { type: "text", text: "\n" });
  const end = () => {
    if (section) trimBreak(section.elements);
    section = null;
  };
  const walk = (parent) => {
    for (const node of parent.childNodes) {
      const tag = node.nodeName;
      if (tag === "UL" || tag === "OL") {
        end();
        readList(node, 0, out, named);
      } else if (tag === "BLOCKQUOTE" || tag === "PRE") {
        end();
        const type = tag === "PRE" ? "rich_text_preformatted" : "rich_text_quote";
        const elements = linesOf(node, named, tag === "PRE");
        if (elements.length) out.push({ type, elements });
      } else if (LINES.has(tag)) {
        if (section?.elements.length && !endsLine(section.elements)) newLine();
        walk(node);
        newLine();
      } else {
        readInline(node, {}, into(), named);
      }
    }
  };
  walk(root);
  end();
  const elements = out.filter((one) => one.elements.length);
  return elements.length ? { type: "rich_text", elements } : null;
}

const endsLine = (elements) => elements.at(-1)?.type === "text" && elements.at(-1).text.endsWith("\n");

function trimBreak(elements) {
  const last = elements.at(-1);
  if (last?.type !== "text") return;
  last.text = last.text.replace(/\n+$/, "");
  if (!last.text) elements.pop();
}

function readList(list, indent, out, named) {
  const style = list.nodeName === "OL" ? "ordered" : "bullet";
  let current = null;
  for (const item of list.children) {
    if (item.nodeName === "UL" || item.nodeName === "OL") {
      current = null;
      readList(item, indent + 1, out, named);
      continue;
    }
    if (!current) out.push((current = { type: "rich_text_list", style, indent, elements: [] }));
    const inner = [...item.childNodes].filter((n) => n.nodeName !== "UL" && n.nodeName !== "OL");
    const elements = [];
    for (const node of inner) {
      if (LINES.has(node.nodeName)) elements.push(...linesOf(node, named));
      else readInline(node, {}, elements, named);
    }
    trimBreak(elements);
    current.elements.push({ type: "rich_text_section", elements });
    for (const nested of item.children) {
      if (nested.nodeName !== "UL" && nested.nodeName !== "OL") continue;
      current = null;
      readList(nested, indent + 1, out, named);
    }
  }
}

function linesOf(node, named, isLiteral = false) {
  const elements = [];
  for (const child of node.childNodes) {
    if (LINES.has(child.nodeName)) {
      if (elements.length && !endsLine(elements)) push(elements, { type: "text", text: "\n" });
      for (const one of linesOf(child, named, isLiteral)) push(elements, one);
      push(elements, { type: "text", text: "\n" });
    } else readInline(child, {}, elements, isLiteral ? null : named);
  }
  trimBreak(elements);
  return elements;
}

function readInline(node, style, elements, named) {
  if (node.nodeType === Node.TEXT_NODE) {
    const text = node.nodeValue.replace(/\u00a0/g, " ").replace(/\u200b/g, "");
    if (!text) return;
    if (style.code || !named) push(elements, styled({ type: "text", text }, style));
    else for (const one of piecesOf(text, named)) push(elements, styled(one, style));
    return;
  }
  if (node.nodeName === "BR") return void push(elements, { type: "text", text: "\n" });
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  if (node.nodeName === "A") {
    const text = node.textContent;
    const url = node.getAttribute("href") ?? "";
    elements.push(styled(text && text !== url ? { type: "link", url, text } : { type: "link", url }, style));
    return;
  }
  if (node.dataset?.piece) return void elements.push(styled(JSON.parse(node.dataset.piece), style));
  const own = STYLES[node.nodeName];
  const next = own ? { ...style, [own]: true } : style;
  for (const child of node.childNodes) readInline(child, next, elements, named);
}

function piecesOf(text, named) {
  return text
    .split(TOKEN)
    .filter(Boolean)
    .map((piece) => {
      const name = /^:(.+):$/.exec(piece)?.[1];
      if (name && emoji(name)) return { type: "emoji", name };
      if (/^https?:\/\//.test(piece)) return { type: "link", url: piece };
      if (/^[@#]\w/.test(piece)) return named(piece) ?? { type: "text", text: piece };
      return { type: "text", text: piece };
    });
}

const styled = (element, style) => (Object.keys(style).length ? { ...element, style } : element);

// Neighbours of the same style are one.
function push(elements, element) {
  const last = elements.at(-1);
  const isSame = (a, b) => JSON.stringify(a ?? {}) === JSON.stringify(b ?? {});
  if (last?.type === "text" && element.type === "text" && isSame(last.style, element.style)) last.text += element.text;
  else elements.push({ ...element });
}

// What an editable field begins with: nodes for Slack's rich_text. `words` says how a mention reads.
export function writeEditor(block, words, doc = document) {
  const out = doc.createDocumentFragment();
  const make = (tag, children = []) => {
    const node = doc.createElement(tag);
    node.append(...children);
    return node;
  };
  const inline = (elements) => elements.flatMap((element) => pieceNodes(element, words, make, doc));
  for (const part of block?.elements ?? []) {
    if (part.type === "rich_text_list") {
      const list = make(
        part.style === "ordered" ? "ol" : "ul",
        part.elements.map((item) => make("li", inline(item.elements))),
      );
      let nested = list;
      for (let i = 0; i < (part.indent ?? 0); i++) nested = make(list.nodeName, [nested]);
      out.append(nested);
    } else if (part.type === "rich_text_quote") out.append(make("blockquote", inline(part.elements)));
    else if (part.type === "rich_text_preformatted") out.append(make("pre", inline(part.elements)));
    else out.append(make("div", inline(part.elements)));
  }
  return out;
}

const TAGS = [
  ["code", "code"],
  ["underline", "u"],
  ["strike", "s"],
  ["italic", "i"],
  ["bold", "b"],
];

function pieceNodes(element, words, make, doc) {
  let nodes;
  if (element.type === "text") {
    nodes = element.text
      .split("\n")
      .flatMap((line, i) => (i ? [make("br"), doc.createTextNode(line)] : [doc.createTextNode(line)]));
  } else if (element.type === "link") {
    const link = make("a", [element.text || element.url]);
    link.setAttribute("href", element.url);
    nodes = [link];
  } else {
    const token = make("span", [words(element)]);
    token.contentEditable = "false";
    token.className = element.type === "emoji" ? "emoji" : "mention";
    token.dataset.piece = JSON.stringify(element);
    nodes = [token];
  }
  for (const [style, tag] of TAGS) if (element.style?.[style]) nodes = [make(tag, nodes)];
  return nodes;
}
