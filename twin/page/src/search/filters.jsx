// The row below the search field: who said it, where, when, and what is with it. Each changes the line in the field,
// so that whoever types filters and whoever presses them see the same.
import { useState } from "react";
import { Avatar } from "../avatar.jsx";
import { Icon } from "../icons.jsx";
import { nameOf } from "../mentions.jsx";
import { Popover } from "../popover.jsx";
import { isDirect, useStore } from "../store.js";
import { readQuery, writeQuery } from "./query.js";

export function Filters({ typed, onChange }) {
  const users = useStore((s) => s.users);
  const channels = useStore((s) => s.channels);
  const [open, setOpen] = useState(null);
  const query = readQuery(typed);
  const put = (change) => {
    onChange(writeQuery({ ...query, ...change }));
    setOpen(null);
  };
  const chip = (name, label, isOn) => (
    <button
      type="button"
      className={isOn ? "filter on" : "filter"}
      aria-haspopup="listbox"
      data-testid={`filter-${name}`}
      onClick={(event) => setOpen(open?.name === name ? null : { name, anchor: event.currentTarget })}
    >
      {label} <Icon name="chevron" size={14} />
    </button>
  );
  const people = Object.values(users)
    .filter((u) => !u.deleted)
    .map((u) => ({ key: u.name, label: nameOf(u), face: u }));
  const places = channels
    .filter((c) => !isDirect(c))
    .map((c) => ({ key: c.name, label: `${c.is_private ? "🔒" : "#"} ${c.name}` }));
  const kinds = { link: "Links", file: "Files", reaction: "Reactions" };
  return (
    <div className="filters" role="toolbar" aria-label="Filters">
      {chip(
        "from",
        query.from ? `From ${people.find((p) => p.key === query.from)?.label ?? query.from}` : "From",
        query.from,
      )}
      {chip("in", query.in ? `In ${query.in}` : "In", query.in)}
      {chip("date", query.before || query.after ? "Date set" : "Date", query.before || query.after)}
      {Object.entries(kinds).map(([name, label]) => {
        const isOn = query.has.includes(name);
        return (
          <button
            key={name}
            type="button"
            className={isOn ? "filter on" : "filter"}
            aria-pressed={isOn}
            data-testid={`filter-${name}`}
            onClick={() => put({ has: isOn ? query.has.filter((h) => h !== name) : [...query.has, name] })}
          >
            {label}
          </button>
        );
      })}
      {open?.name === "from" ? (
        <Choices
          anchor={open.anchor}
          rows={people}
          chosen={query.from}
          onPick={(from) => put({ from })}
          onClose={() => setOpen(null)}
        />
      ) : null}
      {open?.name === "in" ? (
        <Choices
          anchor={open.anchor}
          rows={places}
          chosen={query.in}
          onPick={(where) => put({ in: where })}
          onClose={() => setOpen(null)}
        />
      ) : null}
      {open?.name === "date" ? (
        <Popover anchor={open.anchor} onClose={() => setOpen(null)} className="filter-dates">
          <label>
            After
            <input
              type="date"
              className="field"
              value={query.after ?? ""}
              onChange={(e) => onChange(writeQuery({ ...query, after: e.target.value }))}
            />
          </label>
          <label>
            Before
            <input
              type="date"
              className="field"
              value={query.before ?? ""}
              onChange={(e) => onChange(writeQuery({ ...query, before: e.target.value }))}
            />
          </label>
        </Popover>
      ) : null}
    </div>
  );
}

function Choices({ anchor, rows, chosen, onPick, onClose }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const shown = rows.filter((r) => `${r.label} ${r.key}`.toLowerCase().includes(typed.toLowerCase())).slice(0, 40);
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((i) => Math.max(0, Math.min(shown.length - 1, i + step)));
    } else if (event.key === "Enter" && shown[at]) {
      event.preventDefault();
      onPick(shown[at].key);
    }
  };
  return (
    <Popover anchor={anchor} onClose={onClose} className="listbox filter-choices">
      <input
        className="field listbox-search"
        autoFocus
        aria-label="Find"
        placeholder="Find"
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
        onKeyDown={keys}
      />
      <div className="listbox-options" role="listbox">
        {chosen ? (
          <div role="option" aria-selected={false} className="listbox-option" onClick={() => onPick(null)}>
            Anything
          </div>
        ) : null}
        {shown.map((row, i) => (
          <div
            key={row.key}
            role="option"
            aria-selected={row.key === chosen}
            data-at={i === at}
            data-option-value={row.key}
            className="listbox-option"
            onMouseMove={() => setAt(i)}
            onClick={() => onPick(row.key)}
          >
            {row.face ? <Avatar user={row.face} size={20} /> : null} {row.label}
          </div>
        ))}
      </div>
    </Popover>
  );
}
