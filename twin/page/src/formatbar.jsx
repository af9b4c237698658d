// The row of letters above the field: bold, italic, strike, code, quote and list, put around what is selected.
import { Icon } from "./icons.jsx";

const WRAPS = [
  { name: "Bold", icon: "bold", mark: "*" },
  { name: "Italic", icon: "italic", mark: "_" },
  { name: "Strikethrough", icon: "strike", mark: "~" },
  { name: "Code", icon: "code", mark: "`" },
];
const LINES = [
  { name: "Quote", icon: "quote", mark: "> " },
  { name: "Bulleted list", icon: "list", mark: "• " },
];

export function FormatBar({ box, text, onChange }) {
  const wrap = (mark) => {
    const { selectionStart: from, selectionEnd: to } = box.current;
    const inside = text.slice(from, to);
    const at = inside ? to + 2 : from + 1;
    onChange(text.slice(0, from) + mark + inside + mark + text.slice(to), at);
  };
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
