// A line or a box of plain text, numbers, addresses. It tells the app on Enter or on every letter only when the app
// asks for that; a modal reads it on submit.
import { useEffect, useRef } from "react";
import { marks, useHeld } from "../surface.jsx";

const INPUT_MODE = { number_input: "decimal", email_text_input: "email", url_text_input: "url" };

export function TextInput({ element, block }) {
  const { held, change, tellsApp } = useHeld(block, element);
  const field = useRef(null);
  const moments = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const text = held?.value ?? "";
  const isLong = element.multiline;

  useEffect(() => {
    if (element.focus_on_load) field.current?.focus();
  }, [element.focus_on_load]);

  const Tag = isLong ? "textarea" : "input";
  const left = element.max_length && text.length > element.max_length * 0.8 ? element.max_length - text.length : null;
  return (
    <span className="field-wrap">
      <Tag
        ref={field}
        id={element.action_id}
        className={isLong ? "field field-long" : "field"}
        type={isLong ? undefined : "text"}
        inputMode={INPUT_MODE[element.type]}
        rows={isLong ? 5 : undefined}
        placeholder={element.placeholder?.text}
        aria-label={block.label ? undefined : element.placeholder?.text}
        value={text}
        maxLength={element.max_length}
        onChange={(event) => {
          const send = tellsApp && moments.includes("on_character_entered");
          change({ value: event.target.value || null }, { send });
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || isLong || event.nativeEvent.isComposing) return;
          if (!tellsApp || !moments.includes("on_enter_pressed")) return;
          event.preventDefault();
          change({ value: text || null }, { send: true });
        }}
        {...marks(element, block)}
      />
      {left === null ? null : <span className="field-left">{left}</span>}
    </span>
  );
}
