// Everything a person can operate inside blocks, drawn as Slack draws it: boxes, pickers and fields here, buttons
// and menus in files of their own. Each carries its action id, so that a test or a script can find it.
import { useEffect, useRef } from "react";
import { Button, FeedbackButtons, IconButton, Overflow } from "./buttons.jsx";
import { Choice } from "./choice.jsx";
import { Mrkdwn, PlainText } from "./mrkdwn.jsx";
import { useStore } from "./store.js";
import { marks, useHeld } from "./surface.jsx";

const NATIVE = {
  datepicker: { input: "date", key: "selected_date" },
  timepicker: { input: "time", key: "selected_time" },
};

export function Control({ element, block }) {
  const me = useStore((s) => s.me.id);
  if (element.visible_to_user_ids && !element.visible_to_user_ids.includes(me)) return null;
  return <Visible element={element} block={block} />;
}

function Visible({ element, block }) {
  switch (element.type) {
    case "button":
    case "workflow_button":
      return <Button element={element} block={block} />;
    case "overflow":
      return <Overflow element={element} block={block} />;
    case "checkboxes":
      return <Boxes element={element} block={block} />;
    case "radio_buttons":
      return <Radios element={element} block={block} />;
    case "datepicker":
    case "timepicker":
      return <Picker element={element} block={block} />;
    case "datetimepicker":
      return <DateTimePicker element={element} block={block} />;
    case "plain_text_input":
    case "number_input":
    case "email_text_input":
    case "url_text_input":
    case "rich_text_input":
      return <TextInput element={element} block={block} />;
    case "feedback_buttons":
      return <FeedbackButtons element={element} block={block} />;
    case "icon_button":
      return <IconButton element={element} block={block} />;
    default:
      if (/select$/.test(element.type)) return <Choice element={element} block={block} />;
      return <span className="unknown">This page cannot draw “{element.type}”.</span>;
  }
}

function OptionWords({ option }) {
  const Words = option.text.type === "mrkdwn" ? Mrkdwn : PlainText;
  return (
    <span className="option-words">
      <Words text={option.text.text} />
      {option.description ? (
        <small>
          <PlainText text={option.description.text} />
        </small>
      ) : null}
    </span>
  );
}

const bare = ({ text, value, description }) => (description ? { text, value, description } : { text, value });

function Boxes({ element, block }) {
  const { held, change } = useHeld(block, element);
  const chosen = held?.selected_options ?? [];
  const toggle = (option) => {
    const isOn = chosen.some((o) => o.value === option.value);
    const values = new Set(chosen.map((o) => o.value));
    if (isOn) values.delete(option.value);
    else values.add(option.value);
    change({ selected_options: element.options.filter((o) => values.has(o.value)).map(bare) });
  };
  return (
    <div className="options" role="group" {...marks(element, block)}>
      {element.options.map((option) => (
        <label key={option.value}>
          <input
            type="checkbox"
            value={option.value}
            data-option-value={option.value}
            checked={chosen.some((o) => o.value === option.value)}
            onChange={() => toggle(option)}
          />
          <OptionWords option={option} />
        </label>
      ))}
    </div>
  );
}

function Radios({ element, block }) {
  const { held, change } = useHeld(block, element);
  return (
    <div className="options" role="radiogroup" {...marks(element, block)}>
      {element.options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            value={option.value}
            data-option-value={option.value}
            checked={held?.selected_option?.value === option.value}
            onChange={() => change({ selected_option: bare(option) })}
          />
          <OptionWords option={option} />
        </label>
      ))}
    </div>
  );
}

function Picker({ element, block }) {
  const { held, change } = useHeld(block, element);
  const { input, key } = NATIVE[element.type];
  return (
    <input
      type={input}
      id={element.action_id}
      className="field field-short"
      aria-label={element.placeholder?.text}
      value={held?.[key] ?? ""}
      onChange={(event) => change({ [key]: event.target.value || null })}
      {...marks(element, block)}
    />
  );
}

// The browser's own picker speaks local wall time; Slack wants seconds since 1970.
function DateTimePicker({ element, block }) {
  const { held, change } = useHeld(block, element);
  const seconds = held?.selected_date_time;
  const local = seconds ? new Date(seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60000) : null;
  return (
    <input
      type="datetime-local"
      id={element.action_id}
      className="field field-short"
      value={local ? local.toISOString().slice(0, 16) : ""}
      onChange={(event) => {
        const at = event.target.value ? Math.floor(new Date(event.target.value).getTime() / 1000) : null;
        change({ selected_date_time: at });
      }}
      {...marks(element, block)}
    />
  );
}

const INPUT_MODE = { number_input: "decimal", email_text_input: "email", url_text_input: "url" };

const richTextOf = (text) =>
  text
    ? { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] }
    : null;

const typedOf = (held) =>
  held?.rich_text_value
    ? held.rich_text_value.elements.flatMap((e) => e.elements.map((x) => x.text ?? "")).join("")
    : (held?.value ?? "");

// A field tells the app on Enter or on every letter only when it asks for that; a modal reads it on submit.
function TextInput({ element, block }) {
  const { held, change, tellsApp } = useHeld(block, element);
  const field = useRef(null);
  const moments = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const text = typedOf(held);
  const isLong = element.multiline || element.type === "rich_text_input";
  const content = (value) =>
    element.type === "rich_text_input" ? { rich_text_value: richTextOf(value) } : { value: value || null };

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
        value={text}
        maxLength={element.max_length}
        onChange={(event) => {
          const send = tellsApp && moments.includes("on_character_entered");
          change(content(event.target.value), { send });
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || isLong || event.nativeEvent.isComposing) return;
          if (!tellsApp || !moments.includes("on_enter_pressed")) return;
          event.preventDefault();
          change(content(text), { send: true });
        }}
        {...marks(element, block)}
      />
      {left === null ? null : <span className="field-left">{left}</span>}
    </span>
  );
}
