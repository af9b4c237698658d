// What the browser's own editing does not do in a field for formatted text: emoji by name, code, leaving a quote.
import { emoji } from "../emoji.js";

export const rangeNow = () => (getSelection().rangeCount ? getSelection().getRangeAt(0).cloneRange() : null);

// ":tada:" becomes its character as soon as it is complete.
export function putEmoji() {
  const { anchorNode: node, anchorOffset: at } = getSelection();
  if (node?.nodeType !== Node.TEXT_NODE || node.parentNode.closest("code, pre")) return;
  const found = /:([a-z0-9_+'-]+):$/.exec(node.nodeValue.slice(0, at));
  const character = found && emoji(found[1]);
  if (!character) return;
  const piece = document.createElement("span");
  piece.contentEditable = "false";
  piece.className = "emoji";
  piece.dataset.piece = JSON.stringify({ type: "emoji", name: found[1] });
  piece.textContent = character;
  const range = document.createRange();
  range.setStart(node, found.index);
  range.setEnd(node, at);
  range.deleteContents();
  range.insertNode(piece);
  range.setStartAfter(piece);
  range.collapse(true);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

// In what the cursor stands, up to the field itself.
export function around(field) {
  const found = [];
  for (let node = getSelection()?.anchorNode; node && node !== field; node = node.parentNode) {
    if (node.nodeType === Node.ELEMENT_NODE) found.push(node.nodeName.toLowerCase());
  }
  return found;
}

// Enter in an empty last line of a quote or a code block goes on below it.
export function leavesBlock(field) {
  const tags = around(field);
  if (!tags.includes("blockquote") && !tags.includes("pre")) return false;
  const node = getSelection().anchorNode;
  const line = node.nodeType === Node.ELEMENT_NODE ? node : node.parentNode;
  return !line.textContent || (node.nodeType === Node.TEXT_NODE && node.nodeValue.endsWith("\n\n"));
}

export function toggleCode(field) {
  const selection = getSelection();
  if (!selection.rangeCount) return;
  if (around(field).includes("code")) {
    let node = selection.anchorNode;
    while (node.nodeName !== "CODE") node = node.parentNode;
    node.replaceWith(...node.childNodes);
    return;
  }
  const code = document.createElement("code");
  code.textContent = String(selection) || "\u200b";
  document.execCommand("insertHTML", false, code.outerHTML);
}
