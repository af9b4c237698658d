// At the bottom left: whom one acts as. Pressed, it lists everybody of every workspace; one click becomes that
// person, the small window beside a name opens a second window as them, so that two people can talk side by side.
import { useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { Popover } from "./popover.jsx";
import { Marks } from "./profile.jsx";
import { usePerson, useStore } from "./store.js";

const MANY = 10;

export function ActAs() {
  const me = useStore((s) => s.me);
  const connected = useStore((s) => s.connected);
  const workspace = useStore((s) => s.workspace.name);
  const isOne = useStore((s) => s.workspaces.length < 2);
  const [anchor, setAnchor] = useState(null);
  return (
    <footer className="act-as">
      <button
        type="button"
        className="act-as-button"
        data-testid="act-as"
        data-as={me.name}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
      >
        <span className="presence-face">
          <Avatar user={me} size={36} />
          <span className={connected ? "presence on" : "presence"} />
        </span>
        <span className="act-as-words">
          <small>Acting as</small>
          <strong>{nameOf(me)}</strong>
          <span>{isOne ? me.profile?.title : `${workspace}${me.profile?.title ? ` · ${me.profile.title}` : ""}`}</span>
        </span>
        <Icon name="chevron" size={18} />
      </button>
      {anchor ? <People anchor={anchor} onClose={() => setAnchor(null)} /> : null}
    </footer>
  );
}

// Everybody one can act as; of one's own workspace more is known than of the others.
function usePeople() {
  const listed = useStore((s) => s.people);
  const users = useStore((s) => s.users);
  const workspace = useStore((s) => s.workspace);
  if (!listed.length) {
    return Object.values(users)
      .filter((u) => !u.is_bot && !u.deleted)
      .map((u) => ({
        id: u.id,
        handle: u.name,
        name: nameOf(u),
        team_id: workspace.id,
        workspace: workspace.name,
        user: u,
      }));
  }
  return listed.map((p) => ({ ...p, user: users[p.id] })).filter((p) => !p.user?.deleted);
}

function People({ anchor, onClose }) {
  const person = usePerson();
  const me = useStore((s) => s.me.id);
  const people = usePeople();
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const shown = people.filter((p) =>
    `${p.name} ${p.handle} ${p.user?.profile?.title ?? ""}`.toLowerCase().includes(wanted),
  );
  const groups = [...new Set(shown.map((p) => p.workspace))];
  const isShared = (handle) => people.filter((p) => p.handle === handle).length > 1;
  const nameFor = (p) => (isShared(p.handle) ? p.id : p.handle);
  const beside = (p) => window.open(`/?as=${encodeURIComponent(nameFor(p))}`, "_blank", "noopener");
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const rows = [...event.currentTarget.querySelectorAll("input, .menu-item")];
    rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(document.activeElement) + step))]?.focus();
  };
  return (
    <Popover anchor={anchor} side="above" className="menu people-menu" onClose={onClose} data-testid="people-menu">
      <div onKeyDown={move}>
        {people.length > MANY ? (
          <input
            className="field people-search"
            placeholder="Find a person"
            aria-label="Find a person"
            autoFocus
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        ) : null}
        <div className="people-list">
          {groups.map((group) => (
            <section key={group}>
              <h4>{groups.length > 1 || wanted ? group : "Act as"}</h4>
              {shown
                .filter((p) => p.workspace === group)
                .map((p) => (
                  <div key={p.id} className="person-row">
                    <button
                      type="button"
                      className={p.id === me ? "menu-item here" : "menu-item"}
                      data-testid={`act-as-${p.handle}`}
                      data-person={p.handle}
                      data-person-id={p.id}
                      onClick={(event) => {
                        onClose();
                        if (event.metaKey || event.ctrlKey) beside(p);
                        else if (p.id !== me) person.become(nameFor(p));
                      }}
                    >
                      <Avatar user={p.user ?? { id: p.id }} name={p.name} size={28} />
                      <span className="person-words">
                        <strong>{p.name}</strong>
                        <small>{p.user?.profile?.title || `@${p.handle}`}</small>
                      </span>
                      <Marks user={p.user} />
                      {p.id === me ? <Icon name="check" size={16} /> : null}
                    </button>
                    <button
                      type="button"
                      className="person-beside"
                      aria-label={`Open another window as ${p.name}`}
                      title={`Open another window as ${p.name}`}
                      data-testid={`beside-${p.handle}`}
                      onClick={() => {
                        onClose();
                        beside(p);
                      }}
                    >
                      <Icon name="window" size={16} />
                    </button>
                  </div>
                ))}
            </section>
          ))}
        </div>
      </div>
    </Popover>
  );
}
