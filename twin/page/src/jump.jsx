// Ctrl+K (or Cmd+K): type a few letters of a channel or a person, press Enter, be there. Unread ones come first; the
// last line searches all messages for what was typed.
import { useEffect, useMemo, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { ChannelSign, SharedSign } from "./channelsign.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { titleOf } from "./names.js";
import { isAppChannel, isDirect, usePerson, useStore } from "./store.js";
import { badgeOf, isBold } from "./unread.js";

const SHOWN = 12;

export function Jump() {
  const isOpen = useStore((s) => s.panel === "jump");
  return isOpen ? <Dialog /> : null;
}

function useFound(typed) {
  const channels = useStore((s) => s.channels);
  const users = useStore((s) => s.users);
  const app = useStore((s) => s.app);
  const me = useStore((s) => s.me.id);
  return useMemo(() => {
    const state = { app, users };
    const wanted = typed.trim().toLowerCase().replace(/^[#@]/, "");
    const known = channels
      .filter((c) => !c.is_archived)
      .map((channel) => ({
        id: channel.id,
        channel,
        isApp: isAppChannel(state, channel),
        name: titleOf(state, channel),
      }));
    const reached = new Set(channels.filter((c) => c.is_im).map((c) => c.with?.[0] ?? c.user));
    const strangers = Object.values(users)
      .filter((u) => wanted && !u.is_bot && !u.deleted && u.id !== me && !reached.has(u.id))
      .map((user) => ({ id: user.id, user, name: nameOf(user) }));
    return [...known, ...strangers]
      .filter((n) => `${n.name ?? ""} ${n.user?.name ?? ""}`.toLowerCase().includes(wanted))
      .sort((a, b) => rank(b, wanted) - rank(a, wanted) || a.name.localeCompare(b.name))
      .slice(0, SHOWN);
  }, [channels, users, app, me, typed]);
}

function Dialog() {
  const person = usePerson();
  const workspace = useStore((s) => s.workspace.name);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = useFound(typed);
  const rows = typed.trim() ? [...found, { id: "search" }] : found;

  useEffect(() => setAt(0), [typed]);

  const close = () => person.show(null);
  const open = (one) => {
    close();
    if (one.channel) person.go({ channel: one.channel.id });
    else if (one.user) person.message([one.user.id]);
    else person.beside({ what: "search", query: typed.trim() });
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((i) => (i + step + rows.length) % Math.max(1, rows.length));
    } else if (event.key === "Enter" && rows[at]) {
      event.preventDefault();
      open(rows[at]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  return (
    <div className="veil veil-top" onPointerDown={(event) => event.target === event.currentTarget && close()}>
      <div className="jump" role="dialog" aria-modal="true" aria-label="Jump to a conversation" data-testid="jump">
        <div className="jump-field">
          <Icon name="search" />
          <input
            autoFocus
            placeholder="Jump to a channel or a person"
            aria-label="Jump to a channel or a person"
            value={typed}
            data-testid="jump-input"
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={keys}
          />
          <kbd>esc</kbd>
        </div>
        <ul role="listbox">
          {rows.map((one, i) => (
            <li key={one.id}>
              <button
                type="button"
                role="option"
                aria-selected={i === at}
                data-at={i === at}
                tabIndex={-1}
                onMouseMove={() => setAt(i)}
                onClick={() => open(one)}
              >
                {one.id === "search" ? (
                  <>
                    <Icon name="search" size={16} />
                    <span>
                      Search {workspace} for “<strong>{typed.trim()}</strong>”
                    </span>
                  </>
                ) : (
                  <Row one={one} />
                )}
              </button>
            </li>
          ))}
          {rows.length ? null : <li className="listbox-empty">Nothing of that name</li>}
        </ul>
      </div>
    </div>
  );
}

function Row({ one }) {
  const badge = one.channel ? badgeOf(one.channel) : 0;
  return (
    <>
      {one.channel ? <ChannelSign channel={one.channel} /> : <Avatar user={one.user} size={20} />}
      <span className={one.channel && isBold(one.channel) ? "jump-new" : undefined}>{one.name}</span>
      {one.isApp ? <span className="badge">APP</span> : null}
      {one.user?.profile?.title ? <small>{one.user.profile.title}</small> : null}
      {one.channel ? <SharedSign channel={one.channel} /> : null}
      {one.channel && !isDirect(one.channel) && !one.channel.is_member ? <small>not joined</small> : null}
      {badge ? <span className="unread-badge">{badge}</span> : null}
    </>
  );
}

const rank = (one, wanted) =>
  (one.name.toLowerCase().startsWith(wanted) ? 8 : 0) +
  (one.channel && isBold(one.channel) ? 4 : 0) +
  (one.channel?.is_member || isDirect(one.channel) ? 2 : 0) +
  (one.channel ? 1 : 0);
