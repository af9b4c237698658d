// Dates and times, chosen with the browser's own pickers, in the time zone of the person one acts as.
import { useStore } from "../store.js";
import { marks, useHeld } from "../surface.jsx";
import { fromWall, toWall } from "../time.js";

const NATIVE = {
  datepicker: { input: "date", key: "selected_date" },
  timepicker: { input: "time", key: "selected_time" },
};

const labelOf = (element, block) => block.label?.text ?? element.placeholder?.text ?? undefined;

export function Picker({ element, block }) {
  const { held, change } = useHeld(block, element);
  const { input, key } = NATIVE[element.type];
  const zone = element.type === "timepicker" ? element.timezone : null;
  return (
    <span className="picker">
      <input
        type={input}
        id={element.action_id}
        className="field field-short"
        aria-label={labelOf(element, block)}
        title={element.placeholder?.text}
        value={held?.[key] ?? ""}
        onChange={(event) => change({ [key]: event.target.value || null })}
        {...marks(element, block)}
      />
      {zone ? <small className="picker-zone">{zone.replaceAll("_", " ")}</small> : null}
    </span>
  );
}

// The browser's picker speaks wall time; Slack wants seconds since 1970.
export function DateTimePicker({ element, block }) {
  const zone = useStore((s) => s.me.tz);
  const { held, change } = useHeld(block, element);
  const seconds = held?.selected_date_time;
  return (
    <input
      type="datetime-local"
      id={element.action_id}
      className="field field-short"
      aria-label={labelOf(element, block)}
      value={seconds ? toWall(seconds, zone) : ""}
      onChange={(event) => {
        const at = event.target.value ? fromWall(event.target.value, zone) : null;
        change({ selected_date_time: at });
      }}
      {...marks(element, block)}
    />
  );
}
