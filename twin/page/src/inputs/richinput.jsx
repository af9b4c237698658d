// A field for formatted text: bold, italic, underlined, struck out, code, links, lists, quotes and code blocks, by the
// buttons above it or by keys. What is typed as :emoji:, @name, #channel or an address becomes one. Deliberately not
// here: Slack's own conversion of *stars* while one types.
import { useContext, useEffect, useRef, useState } from "react";
import { emoji } from "../emoji.js";
import { EmojiPicker } from "../emojipicker.jsx";
import { Icon } from "../icons.jsx";
import { Twin } from "../store.js";
import { marks, useHeld } from "../surface.jsx";
import { around, leavesBlock, putEmoji, rangeNow, toggleCode } from "./editing.js";
import { LinkForm } from "./linkform.jsx";
import { named, wordsOf } from "./richnames.js";
import { readEditor, writeEditor } from "./richtree.js";

const LINE = 22;
const BUTTONS = [
  { name: "Bold", icon: "bold", command: "bold", key: "b" },
  { name: "Italic", icon: "italic", command: "italic", key: "i" },
  { name: "Underline", icon: "underline", command: "underline", key: "u" },
  { name: "Strikethrough", icon: "strike", command: "strikeThrough", key: "x", isShifted: true },
  null,
  { name: "Link", icon: "link", command: "link", key: "u", isShifted: true },
  { name: "Numbered list", icon: "numbers", command: "insertOrderedList", key: "7", isShifted: true },
  { name: "Bulleted list", icon: "list", command: "insertUnorderedList", key: "8", isShifted: true },
  null,
  { name: "Quote", icon: "quote", command: "blockquote", key: "9", isShifted: true },
  { name: "Code", icon: "code", command: "code", key: "c", isShifted: true },
  { name: "Code block", icon: "codeblock", command: "pre" },
];
const STATES = ["bold", "italic", "underline", "strikeThrough", "insertOrderedList", "insertUnorderedList"];

export function RichInput({ element, block }) {
  const { store } = useContext(Twin);
  const { held, change, tellsApp } = useHeld(block, element);
  const field = useRef(null);
  const [first] = useState(held?.rich_text_value ?? null);
  const [isEmpty, setEmpty] = useState(!first);
  const [on, setOn] = useState([]);
  const [open, setOpen] = useState(null);
  const moments = element.dispatch_action_config?.trigger_actions_on ?? [];

  useEffect(() => {
    field.current.replaceChildren(writeEditor(first, (piece) => wordsOf(piece, store.get())));
    document.execCommand("defaultParagraphSeparator", false, "div");
    if (element.focus_on_load) field.current.focus();
  }, [first, element.focus_on_load, store]);

  const changed = () => {
    const value = readEditor(field.current, (typed) => named(typed, store.get()));
    setEmpty(!field.current.textContent && !field.current.querySelector("li, pre, blockquote, [data-piece]"));
    change({ rich_text_value: value }, { send: tellsApp && moments.includes("on_character_entered") });
  };
  const look = () => {
    setOn([...STATES.filter((state) => document.queryCommandState(state)), ...around(field.current)]);
  };
  const run = (command, anchor) => {
    field.current.focus();
    if (command === "link") return setOpen({ what: "link", anchor, range: rangeNow(), text: String(getSelection()) });
    if (command === "code") toggleCode(field.current);
    else if (command === "blockquote" || command === "pre") {
      const isIn = around(field.current).includes(command);
      document.execCommand("formatBlock", false, isIn ? "div" : command);
    } else document.execCommand(command);
    changed();
    look();
  };
  const keys = (event) => {
    if (event.key === "Tab" && around(field.current).includes("li")) {
      event.preventDefault();
      document.execCommand(event.shiftKey ? "outdent" : "indent");
      return changed();
    }
    if (event.key === "Enter" && !event.shiftKey && leavesBlock(field.current)) {
      event.preventDefault();
      document.execCommand("formatBlock", false, "div");
      return changed();
    }
    if (!event.ctrlKey && !event.metaKey) return;
    const button = BUTTONS.find(
      (b) =>
        b &&
        (b.key === event.key.toLowerCase() || `Digit${b.key}` === event.code) &&
        Boolean(b.isShifted) === event.shiftKey,
    );
    if (!button) return;
    event.preventDefault();
    run(button.command, field.current);
  };
  const putBack = (range) => {
    field.current.focus();
    if (!range) return;
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  return (
    <div className="rich-input">
      <div className="format-bar" role="toolbar" aria-label="Formatting">
        {BUTTONS.map((one, i) =>
          one ? (
            <button
              key={one.name}
              type="button"
              title={one.name}
              aria-label={one.name}
              aria-pressed={on.includes(one.command)}
              tabIndex={-1}
              // The selection must stay where it is while a button is pressed.
              onMouseDown={(event) => event.preventDefault()}
              onClick={(event) => run(one.command, event.currentTarget)}
            >
              <Icon name={one.icon} size={18} />
            </button>
          ) : (
            <span key={i} className="format-gap" />
          ),
        )}
        <button
          type="button"
          title="Emoji"
          aria-label="Emoji"
          tabIndex={-1}
          onMouseDown={(event) => event.preventDefault()}
          onClick={(event) => setOpen({ what: "emoji", anchor: event.currentTarget, range: rangeNow() })}
        >
          <Icon name="smile" size={18} />
        </button>
      </div>
      <div
        ref={field}
        id={element.action_id}
        className={isEmpty ? "rich-field empty" : "rich-field"}
        role="textbox"
        aria-multiline="true"
        aria-label={block.label?.text ?? element.placeholder?.text}
        contentEditable
        suppressContentEditableWarning
        spellCheck
        data-placeholder={element.placeholder?.text ?? ""}
        style={{
          minHeight: (element.min_lines ?? 3) * LINE + 16,
          maxHeight: element.max_lines ? element.max_lines * LINE + 16 : undefined,
        }}
        onInput={(event) => {
          if (event.nativeEvent.data === ":") putEmoji();
          changed();
        }}
        onKeyDown={keys}
        onKeyUp={look}
        onMouseUp={look}
        onPaste={(event) => {
          event.preventDefault();
          document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
        }}
        {...marks(element, block)}
      />
      {open?.what === "link" ? (
        <LinkForm
          anchor={open.anchor}
          text={open.text}
          onClose={() => setOpen(null)}
          onDone={({ text, url }) => {
            setOpen(null);
            putBack(open.range);
            const link = document.createElement("a");
            link.href = url;
            link.textContent = text || url;
            document.execCommand("insertHTML", false, link.outerHTML);
            changed();
          }}
        />
      ) : null}
      {open?.what === "emoji" ? (
        <EmojiPicker
          anchor={open.anchor}
          onClose={() => setOpen(null)}
          onPick={(name) => {
            putBack(open.range);
            document.execCommand("insertText", false, emoji(name) ? `:${name}: ` : "");
            changed();
          }}
        />
      ) : null}
    </div>
  );
}
