// The left side: the workspace's name, channels (bold with a number when there is something new), direct messages,
// the app, and at the bottom whom one acts as.
import { useState } from "react";
import { Avatar, initials } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { Popover } from "./popover.jsx";
import { isAppChannel, usePerson, useStore } from "./store.js";
import { useTheme } from "./theme.js";

export function Rail() {
  const person = usePerson();
  const workspace = useStore((s) => s.workspace);
  const app = useStore((s) => s.app);
  const dm = useStore((s) => s.channels.find((c) => isAppChannel(s, c)));
  const isApp = useStore((s) => s.place.channel === dm?.id && Boolean(dm));
  const first = useStore((s) => s.channels.find((c) => c.is_member && !c.is_im));
  const { isDark, toggle } = useTheme();
  return (
    <nav className="rail" aria-label="Places">
      <span className="rail-tile" title={workspace.name}>
        {initials(workspace.name)}
      </span>
      <button
        type="button"
        className={isApp ? "rail-button" : "rail-button here"}
        onClick={() => isApp && first && person.go({ channel: first.id })}
      >
        <span>
          <Icon name="home" />
        </span>
        Home
      </button>
      {dm ? (
        <button
          type="button"
          className={isApp ? "rail-button here" : "rail-button"}
          title={app.name}
          data-testid="rail-app"
          onClick={() => person.go({ channel: dm.id, tab: "home" })}
        >
          <span>
            <Icon name="apps" />
          </span>
          App
        </button>
      ) : null}
      <span className="rail-gap" />
      <button
        type="button"
        className="rail-button"
        data-testid="theme"
        aria-label={isDark ? "Use light colours" : "Use dark colours"}
        onClick={toggle}
      >
        <span>
          <Icon name={isDark ? "sun" : "moon"} />
        </span>
        {isDark ? "Light" : "Dark"}
      </button>
    </nav>
  );
}

export function Sidebar() {
  const workspace = useStore((s) => s.workspace);
  const channels = useStore((s) => s.channels);
  const app = useStore((s) => s.app);
  const users = useStore((s) => s.users);
  const person = usePerson();
  const joined = channels.filter((c) => !c.is_im && c.is_member).sort(byName);
  const others = channels.filter((c) => !c.is_im && !c.is_member).sort(byName);
  const isApp = (c) => c.user === app.bot_user_id || (c.members ?? []).includes(app.bot_user_id);
  const people = channels.filter((c) => c.is_im && !isApp(c));
  const apps = channels.filter((c) => c.is_im && isApp(c));
  return (
    <nav className="sidebar" aria-label="Channels" data-testid="sidebar">
      <header className="workspace">
        <h2>{workspace.name}</h2>
        <button
          type="button"
          className="plain-button only-narrow"
          aria-label="Close"
          onClick={() => person.show(null)}
        >
          <Icon name="close" />
        </button>
      </header>
      <div className="sidebar-scroll">
        <Group title="Channels">
          {joined.map((c) => (
            <ChannelLink key={c.id} channel={c} />
          ))}
        </Group>
        {others.length ? (
          <Group title="Other channels" isClosed>
            {others.map((c) => (
              <ChannelLink key={c.id} channel={c} isFaint />
            ))}
          </Group>
        ) : null}
        {people.length ? (
          <Group title="Direct messages">
            {people.map((c) => (
              <ChannelLink key={c.id} channel={c} user={users[c.user]} />
            ))}
          </Group>
        ) : null}
        <Group title="Apps">
          {apps.map((c) => (
            <ChannelLink key={c.id} channel={c} user={users[app.bot_user_id]} label={app.name} tab="messages" />
          ))}
        </Group>
      </div>
      <ActAs />
    </nav>
  );
}

const byName = (a, b) => a.name.localeCompare(b.name);

function Group({ title, isClosed = false, children }) {
  const [isOpen, setOpen] = useState(!isClosed);
  return (
    <section className="group">
      <button type="button" className="group-title" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span className={isOpen ? "twist open" : "twist"}>
          <Icon name="chevron" size={16} />
        </span>
        {title}
      </button>
      {isOpen ? <ul>{children}</ul> : null}
    </section>
  );
}

function ChannelLink({ channel, user, label, tab, isFaint = false }) {
  const person = usePerson();
  const isHere = useStore((s) => s.place.channel === channel.id);
  const unread = isFaint ? 0 : (channel.unread ?? 0);
  const name = label ?? (user ? nameOf(user) : channel.name);
  const classes = ["channel-link"];
  if (isHere) classes.push("here");
  if (unread && !isHere) classes.push("unread");
  if (isFaint) classes.push("faint");
  return (
    <li>
      <button
        type="button"
        className={classes.join(" ")}
        aria-current={isHere ? "page" : undefined}
        data-channel={channel.is_im ? (user?.name ?? channel.id) : channel.name}
        data-channel-id={channel.id}
        onClick={() => {
          person.show(null);
          person.go({ channel: channel.id, tab });
        }}
      >
        {user || label ? (
          <Avatar user={user} name={label} size={20} />
        ) : (
          <span className="channel-sign">
            <Icon name={channel.is_private ? "lock" : "hash"} size={16} />
          </span>
        )}
        <span className="channel-name">{name}</span>
        {unread && !isHere ? (
          <span className="unread-badge" data-testid="unread">
            {unread > 99 ? "99+" : unread}
          </span>
        ) : null}
      </button>
    </li>
  );
}

function ActAs() {
  const person = usePerson();
  const me = useStore((s) => s.me);
  const users = useStore((s) => s.users);
  const connected = useStore((s) => s.connected);
  const [anchor, setAnchor] = useState(null);
  const people = Object.values(users).filter((u) => !u.is_bot && !u.deleted);
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
          <span>{me.profile?.title}</span>
        </span>
        <Icon name="chevron" size={18} />
      </button>
      {anchor ? (
        <Popover anchor={anchor} side="above" className="menu people-menu" onClose={() => setAnchor(null)}>
          <h4>Act as</h4>
          {people.map((user) => (
            <button
              key={user.id}
              type="button"
              className={user.id === me.id ? "menu-item here" : "menu-item"}
              data-testid={`act-as-${user.name}`}
              data-person={user.name}
              onClick={(event) => {
                setAnchor(null);
                if (event.metaKey || event.ctrlKey) window.open(`/?as=${encodeURIComponent(user.name)}`);
                else person.become(user.name);
              }}
            >
              <Avatar user={user} size={28} />
              <span className="person-words">
                <strong>{nameOf(user)}</strong>
                <small>{user.profile?.title}</small>
              </span>
              {user.is_restricted ? <span className="badge badge-guest">Guest</span> : null}
              {user.is_stranger ? <span className="badge badge-guest">External</span> : null}
              {user.id === me.id ? <Icon name="check" size={16} /> : null}
            </button>
          ))}
          <p className="hint">Ctrl-click opens a second window as that person.</p>
        </Popover>
      ) : null}
    </footer>
  );
}
