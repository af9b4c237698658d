// A JSON value as a tree that folds: names of the people and channels behind ids, times behind timestamps, and
// structures that travel as text opened as what they are.
import { useState } from "react";
import { opened } from "./reading.js";
import { Sign } from "./signs.jsx";
import { timeOf } from "./times.js";

const LONG = 300;
const MANY = 60;

export function Tree({ value, depth = 1, names, zone }) {
  return (
    <div className="ws-tree" role="tree">
      {value !== null && typeof value === "object" ? (
        Object.entries(value).map(([key, one]) => (
          <Node key={key} name={key} value={one} level={0} depth={depth} names={names} zone={zone} />
        ))
      ) : (
        <Node value={value} level={0} depth={depth} names={names} zone={zone} />
      )}
    </div>
  );
}

function Node({ name, value, level, depth, names, zone }) {
  const inner = opened(value);
  const isBranch = inner !== null && typeof inner === "object";
  const entries = isBranch ? Object.entries(inner) : [];
  const [isOpen, setOpen] = useState(level < depth && entries.length <= MANY);
  const [shown, setShown] = useState(MANY);
  const label = name === undefined ? null : <span className="ws-key">{name}</span>;
  if (!isBranch || !entries.length) {
    return (
      <div className="ws-node" role="treeitem" style={{ "--level": level }}>
        {label}
        {label ? ": " : null}
        <Leaf value={inner} names={names} zone={zone} />
      </div>
    );
  }
  const isList = Array.isArray(inner);
  return (
    <div role="treeitem" aria-expanded={isOpen}>
      <button
        type="button"
        className={isOpen ? "ws-node ws-branch open" : "ws-node ws-branch"}
        style={{ "--level": level }}
        onClick={() => setOpen(!isOpen)}
      >
        <Sign name="twist" size={14} />
        {label}
        <span className="ws-brief">
          {typeof value === "string" ? <em>as text </em> : null}
          {isList ? `[${entries.length}]` : isOpen ? "" : preview(inner)}
        </span>
      </button>
      {isOpen ? (
        <div role="group">
          {entries.slice(0, shown).map(([key, one]) => (
            <Node key={key} name={key} value={one} level={level + 1} depth={depth} names={names} zone={zone} />
          ))}
          {entries.length > shown ? (
            <button
              type="button"
              className="ws-node ws-more"
              style={{ "--level": level + 1 }}
              onClick={() => setShown(shown + 500)}
            >
              show {Math.min(500, entries.length - shown)} of {entries.length - shown} more
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

// {type: "section", text: …}: enough to tell one block of many from the next.
function preview(object) {
  const parts = [];
  for (const [key, value] of Object.entries(object)) {
    if (parts.length === 3) {
      parts.push("…");
      break;
    }
    const isPlain = value === null || typeof value !== "object";
    parts.push(`${key}: ${isPlain ? JSON.stringify(value).slice(0, 32) : "…"}`);
  }
  return `{${parts.join(", ")}}`;
}

function Leaf({ value, names, zone }) {
  const [isWhole, setWhole] = useState(false);
  if (value === null || typeof value !== "string") {
    const kind = value === null ? "null" : typeof value;
    return <span className={`ws-leaf ws-${kind}`}>{JSON.stringify(value)}</span>;
  }
  const isCut = value.length > LONG && !isWhole;
  const hint = hintOf(value, names, zone);
  return (
    <span className="ws-leaf ws-string">
      {JSON.stringify(isCut ? value.slice(0, LONG) : value)}
      {isCut ? (
        <button type="button" className="ws-more" onClick={() => setWhole(true)}>
          … {(value.length - LONG).toLocaleString("en-US")} more characters
        </button>
      ) : null}
      {hint ? <span className="ws-hint">{hint}</span> : null}
    </span>
  );
}

function hintOf(value, names, zone) {
  if (/^[A-Z][A-Z0-9]{5,}$/.test(value)) return names.of(value);
  if (/^\d{10}\.\d{6}$/.test(value)) return timeOf(new Date(Number(value) * 1000), zone);
  return undefined;
}
