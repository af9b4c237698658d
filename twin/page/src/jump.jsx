// Ctrl+K (or Cmd+K): type a few letters of a channel, press Enter, be there.
import { useEffect, useMemo, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { isAppChannel, usePerson, useStore } from "./store.js";

export function Jump() {
  const isOpen = useStore((s) => s.panel === "jump");
  return isOpen ? <Dialog /> : null;
}

function Dialog() {
  const person = usePerson();
  const channels = useStore((s) => s.channels);
  const users = useStore((s) => s.users);
  const app = useStore((s) => s.app);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => {
    const wanted = typed.trim().toLowerCase().replace(/^#/, "");
    const named = channels.map((channel) => {
      const isApp = isAppChannel({ app }, channel);
      const user = isApp ? users[app.bot_user_id] : users[channel.user];
      return { channel, user, isApp, name: channel.is_im ? (isApp ? app.name : nameOf(user)) : channel.name };
    });
    return named
      .filter((n) => (n.name ?? "").toLowerCase().includes(wanted))
      .sort((a, b) => rank(b, wanted) - rank(a, wanted) || a.name.localeCompare(b.name))
      .slice(0, 12);
  }, [channels, users, app, typed]);

  useEffect(() => setAt(0), [typed]);

  const close = () => person.show(null);
  const open = (one) => {
    close();
    person.go({ channel: one.channel.id });
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((i) => Math.max(0, Math.min(found.length - 1, i + step)));
    } else if (event.key === "Enter" && found[at]) {
      event.preventDefault();
      open(found[at]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  return (
    <div className="veil veil-top" onPointerDown={(event) => event.target === event.currentTarget && close()}>
      <div className="jump" role="dialog" aria-modal="true" aria-label="Jump to a channel" data-testid="jump">
        <div className="jump-field">
          <Icon name="search" />
          <input
            autoFocus
            placeholder="Jump to a channel"
            value={typed}
            data-testid="jump-input"
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={keys}
          />
        </div>
        <ul role="listbox">
          {found.map((one, i) => (
            <li key={one.channel.id}>
              <button
                type="button"
                role="option"
                aria-selected={i === at}
                data-at={i === at}
                onMouseMove={() => setAt(i)}
                onClick={() => open(one)}
              >
                {one.channel.is_im ? (
                  <Avatar user={one.user} name={one.name} size={20} />
                ) : (
                  <Icon name={one.channel.is_private ? "lock" : "hash"} size={16} />
                )}
                <span>{one.name}</span>
                {one.isApp ? <span className="badge">APP</span> : null}
                {one.channel.unread ? <span className="unread-badge">{one.channel.unread}</span> : null}
              </button>
            </li>
          ))}
          {found.length ? null : <li className="listbox-empty">Nothing of that name</li>}
        </ul>
      </div>
    </div>
  );
}

const rank = (one, wanted) =>
  (one.name.toLowerCase().startsWith(wanted) ? 4 : 0) + (one.channel.unread ? 2 : 0) + (one.channel.is_member ? 1 : 0);
