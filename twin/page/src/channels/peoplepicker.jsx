// Choosing several people: type a few letters, Enter takes the marked one, Backspace gives the last one back.
import { useEffect, useMemo, useRef, useState } from "react";
import { Avatar } from "../avatar.jsx";
import { nameOf } from "../mentions.jsx";
import { Marks } from "../profile.jsx";
import { useStore } from "../store.js";

const SHOWN = 8;

// `chosen` are ids; `without` are people who need not be offered.
export function PeoplePicker({ chosen, onChange, without = [], most = 8, label, placeholder, onDone }) {
  const users = useStore((s) => s.users);
  const app = useStore((s) => s.app);
  const me = useStore((s) => s.me.id);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef(null);
  const found = useMemo(() => {
    const wanted = typed.trim().toLowerCase().replace(/^@/, "");
    const taken = new Set([...chosen, ...without]);
    return Object.values(users)
      .filter((u) => !u.deleted && !taken.has(u.id) && (!u.is_bot || u.id === app.bot_user_id))
      .filter((u) => `${nameOf(u)} ${u.name} ${u.profile?.title ?? ""}`.toLowerCase().includes(wanted))
      .sort((a, b) => a.is_bot - b.is_bot || (a.id === me) - (b.id === me) || nameOf(a).localeCompare(nameOf(b)))
      .slice(0, SHOWN);
  }, [users, app, me, typed, chosen, without]);
  useEffect(() => setAt(0), [typed, chosen]);

  const take = (user) => {
    if (!user || chosen.length >= most) return;
    onChange([...chosen, user.id]);
    setTyped("");
    field.current.focus();
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((i) => Math.max(0, Math.min(found.length - 1, i + step)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!typed.trim() && chosen.length) onDone?.();
      else take(found[at]);
    } else if (event.key === "Backspace" && !typed && chosen.length) {
      onChange(chosen.slice(0, -1));
    }
  };
  return (
    <div className="people-picker">
      <div className="people-field" onClick={() => field.current.focus()}>
        {chosen.map((id) => (
          <span key={id} className="chip person-chip">
            <Avatar user={users[id]} size={20} />
            {nameOf(users[id]) ?? id}
            <button
              type="button"
              aria-label={`Remove ${nameOf(users[id])}`}
              onClick={() => onChange(chosen.filter((one) => one !== id))}
            >
              ×
            </button>
          </span>
        ))}
        <input
          ref={field}
          autoFocus
          aria-label={label}
          placeholder={chosen.length ? "" : placeholder}
          data-testid="people-input"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={keys}
        />
      </div>
      <ul className="people-found" role="listbox" aria-label="People">
        {found.map((user, i) => (
          <li
            key={user.id}
            role="option"
            aria-selected={i === at}
            data-at={i === at}
            data-person={user.name}
            onMouseMove={() => setAt(i)}
            onMouseDown={(event) => {
              event.preventDefault();
              take(user);
            }}
          >
            <Avatar user={user} size={28} />
            <span className="person-words">
              <span>
                <strong>{nameOf(user)}</strong>{" "}
                {user.is_bot ? <span className="badge">APP</span> : <Marks user={user} />}
              </span>
              <small>{user.profile?.title || `@${user.name}`}</small>
            </span>
          </li>
        ))}
        {found.length ? null : <li className="listbox-empty">Nobody of that name</li>}
      </ul>
    </div>
  );
}
