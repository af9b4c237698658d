// The row of letters above the field: bold, italic, strike, code, quote and list, put around what is selected; and
// the keys that do the same.
import { Icon } from "./icons.jsx";

const WRAPS = [
  { name: "Bold", icon: "bold", mark: "*", key: "b" },
  { name: "Italic", icon: "italic", mark: "_", key: "i" },
  { name: "Strikethrough", icon: "strike", mark: "~", key: "x", isShifted: true },
  { name: "Code", icon: "code", mark: "`", key: "c", isShifted: true },
];
const LINES = [
  { name: "Quote", icon: "quote", mark: "> " },
  { name: "Bulleted list", icon: "list", mark: "• " },
];

function wrapIn(mark, box, text, onChange) {
  const { selectionStart: from, selectionEnd: to } = box.current;
  const inside = text.slice(from, to);
  const at = inside ? to + 2 : from + 1;
  onChange(text.slice(0, from) + mark + inside + mark + text.slice(to), at);
}

// Returns a function that answers a key, true when it was one of these.
export const useFormatKeys = (box, text, onChange) => (event) => {
  if ((!event.ctrlKey && !event.metaKey) || event.altKey) return false;
  const one = WRAPS.find((w) => w.key === event.key.toLowerCase() && Boolean(w.isShifted) === event.shiftKey);
  if (one) wrapIn(one.mark, box, text, onChange);
  return Boolean(one);
};

export function FormatBar({ box, text, onChange }) {
  const wrap = (mark) => wrapIn(mark, box, text, onChange);
  const prefix = (mark) => {
    const start = text.lastIndexOf("\n", box.current.selectionStart - 1) + 1;
    onChange(text.slice(0, start) + mark + text.slice(start), box.current.selectionEnd + mark.length);
  };
  const draw = ({ name, icon, mark }, act) => (
    <button key={name} type="button" title={name} aria-label={name} tabIndex={-1} onClick={() => act(mark)}>
      <Icon name={icon} size={18} />
    </button>
  );
  return (
    <div className="format-bar">
      {WRAPS.map((one) => draw(one, wrap))}
      <span className="format-gap" />
      {LINES.map((one) => draw(one, prefix))}
    </div>
  );
}
