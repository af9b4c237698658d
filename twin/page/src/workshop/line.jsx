// One line of the timeline: when, which way, what, where, in a few words what about, how it ended and how long it took.
import { memo } from "react";
import { fullness, read, span } from "./reading.js";
import { Sign } from "./signs.jsx";
import { timeOf } from "./times.js";

const WAYS = {
  call: "The app calls Slack",
  event: "Slack tells the app of an event",
  click: "Slack tells the app what a person pressed",
  command: "Slack tells the app of a command",
};

export const Line = memo(function Line({ row, names, zone, isNarrow, isSelected, onChoose, onJump }) {
  const reading = read(row);
  const { kind, tone, state, ms, place, warnings } = reading;
  const time = timeOf(new Date(row.at), zone);
  const channel = names.channel(reading.channel);
  return (
    <div
      id={`ws-line-${row.n}`}
      className={`ws-line ${kind} ${tone}`}
      role="option"
      aria-selected={isSelected}
      data-testid="ws-line"
      data-n={row.n}
      data-name={reading.name}
      data-tone={tone}
      onClick={() => onChoose(isSelected ? null : row.n)}
    >
      <time className="ws-time">
        {time.slice(0, -4)}
        <small>{time.slice(-4)}</small>
      </time>
      <span className="ws-way" title={WAYS[kind]}>
        <Sign name={kind === "call" ? "out" : "in"} size={15} />
      </span>
      <span className="ws-name">
        <Name text={reading.name} />
      </span>
      <span className="ws-about">
        {channel ? <span className="ws-channel">{channel}</span> : null}
        {reading.user ? <span className="ws-user">{names.user(reading.user)}</span> : null}
        <span className="ws-words">{reading.words}</span>
      </span>
      {place && !isNarrow ? (
        <button
          type="button"
          className="ws-go"
          tabIndex={-1}
          title="Go to the message"
          aria-label="Go to the message"
          onClick={(event) => {
            event.stopPropagation();
            onJump(place);
          }}
        >
          <Sign name="jump" size={15} />
        </button>
      ) : (
        <span />
      )}
      <span className="ws-end">
        {warnings.length ? (
          <span className="ws-warning" title={warnings.join("\n")}>
            <Sign name="warn" size={14} />
          </span>
        ) : null}
        <span className="ws-state">{state}</span>
      </span>
      <span className="ws-bar" aria-hidden="true">
        {ms == null ? null : <i style={{ width: `${Math.max(4, fullness(ms) * 100)}%` }} className={pace(ms)} />}
      </span>
      <span className="ws-ms">{span(ms)}</span>
    </div>
  );
});

const pace = (ms) => (ms < 300 ? "quick" : ms < 1000 ? "fair" : ms < 3000 ? "slow" : "late");

// The family of a method is faint, so that the eye finds what it does.
function Name({ text }) {
  const dot = text.lastIndexOf(".");
  if (dot < 0) return <b>{text}</b>;
  return (
    <>
      <span>{text.slice(0, dot + 1)}</span>
      <b>{text.slice(dot + 1)}</b>
    </>
  );
}
