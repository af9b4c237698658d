// The left side: the workspace's name, threads, channels (bold when there is something new, with a number when one
// is called by name), direct messages, the app, and at the bottom whom one acts as.
import { useMemo, useState } from "react";
import { ActAs } from "./actas.jsx";
import { ChannelSign, SharedSign } from "./channelsign.jsx";
import { Icon } from "./icons.jsx";
import { titleOf } from "./names.js";
import { groupsOf } from "./order.js";
import { Marks } from "./profile.jsx";
import { Menu } from "./popover.jsx";
import { MOD } from "./rail.jsx";
import { isAppChannel, isDirect, usePerson, useStore } from "./store.js";
import { WorkshopButton } from "./workshop/about.jsx";
import { badgeOf, isBold } from "./unread.js";

export function Sidebar() {
  const person = usePerson();
  const workspace = useStore((s) => s.workspace);
  const all = useStore((s) => s.channels);
  const app = useStore((s) => s.app);
  const users = useStore((s) => s.users);
  const here = useStore((s) => s.place.channel);
  const { channels, people, apps } = useMemo(
    () => groupsOf({ channels: all, app, users }, here),
    [all, app, users, here],
  );
  return (
    <nav className="sidebar" aria-label="Channels" data-testid="sidebar">
      <header className="workspace">
        <h2 title={workspace.enterprise ? `${workspace.name}, part of ${workspace.enterprise.name}` : undefined}>
          {workspace.name}
          {workspace.enterprise ? <small>{workspace.enterprise.name}</small> : null}
        </h2>
        <button
          type="button"
          className="plain-button"
          aria-label="New message"
          title={`New message (${MOD}Shift+K)`}
          data-testid="new-message"
          onClick={() => person.show("compose")}
        >
          <Icon name="edit" />
        </button>
        <WorkshopButton className="plain-button only-narrow" label="" testid="open-workshop-narrow" />
        <button type="button" className="plain-button only-narrow" aria-label="Close" onClick={() => person.show(null)}>
          <Icon name="close" />
        </button>
      </header>
      <div className="sidebar-scroll">
        <button
          type="button"
          className="sidebar-search only-narrow"
          onClick={() => {
            person.show(null);
            person.beside({ what: "search" });
          }}
        >
          <Icon name="search" size={16} /> Search {workspace.name}
        </button>
        <ThreadsLink />
        <Group
          title="Channels"
          more={[
            {
              label: "Create a channel",
              onPick: () => person.show("create"),
              marks: { "data-testid": "create-channel" },
            },
            {
              label: "Browse channels",
              onPick: () => person.show("browse"),
              marks: { "data-testid": "browse-channels" },
            },
          ]}
          channels={channels}
        >
          <li>
            <button
              type="button"
              className="channel-link faint"
              data-testid="add-channels"
              onClick={() => person.show("browse")}
            >
              <span className="channel-sign">
                <Icon name="plus" size={16} />
              </span>
              <span className="channel-name">Add channels</span>
            </button>
          </li>
        </Group>
        <Group
          title="Direct messages"
          more={[{ label: "New message", onPick: () => person.show("compose"), marks: {} }]}
          channels={people}
        />
        <Group title="Apps" channels={apps} />
      </div>
      <ActAs />
    </nav>
  );
}

// Closed, a group still shows what is new in it.
function Group({ title, channels, more = null, children }) {
  const [isOpen, setOpen] = useState(true);
  const [anchor, setAnchor] = useState(null);
  const here = useStore((s) => s.place.channel);
  const shown = isOpen ? channels : channels.filter((c) => isBold(c) || c.id === here);
  return (
    <section className="group">
      <div className="group-head">
        <button type="button" className="group-title" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <span className={isOpen ? "twist open" : "twist"}>
            <Icon name="chevron" size={16} />
          </span>
          {title}
        </button>
        {more ? (
          <button
            type="button"
            className="group-more"
            aria-label={`Add ${title.toLowerCase()}`}
            aria-haspopup="menu"
            data-testid={`add-${title.toLowerCase().replace(" ", "-")}`}
            onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
          >
            <Icon name="plus" size={16} />
          </button>
        ) : null}
        {anchor ? <Menu anchor={anchor} items={more} onClose={() => setAnchor(null)} /> : null}
      </div>
      <ul>
        {shown.map((c) => (
          <ChannelLink key={c.id} channel={c} />
        ))}
        {isOpen ? children : null}
      </ul>
    </section>
  );
}

function ThreadsLink() {
  const person = usePerson();
  const unread = useStore((s) => Object.values(s.follows).reduce((n, t) => n + (t.unread ?? 0), 0));
  const isHere = useStore((s) => s.panel === "threads");
  return (
    <button
      type="button"
      className={`channel-link threads-link${isHere ? " here" : ""}${unread ? " unread" : ""}`}
      data-testid="threads"
      aria-current={isHere ? "page" : undefined}
      onClick={() => person.show("threads")}
    >
      <span className="channel-sign">
        <Icon name="thread" size={16} />
      </span>
      <span className="channel-name">Threads</span>
      {unread ? (
        <span className="unread-badge" data-testid="threads-unread">
          {unread}
        </span>
      ) : null}
    </button>
  );
}

function ChannelLink({ channel }) {
  const person = usePerson();
  const isHere = useStore((s) => s.place.channel === channel.id && s.panel !== "threads");
  const isKept = useStore((s) => Boolean(s.keptUnread[channel.id]));
  const isApp = useStore((s) => isAppChannel(s, channel));
  const name = useStore((s) => titleOf(s, channel));
  const handle = useStore((s) => s.users[channel.with?.[0] ?? channel.user]?.name);
  const other = useStore((s) => (channel.is_im ? s.users[channel.with?.[0] ?? channel.user] : null));
  const isNew = isBold(channel) && (!isHere || isKept);
  const badge = isNew ? badgeOf(channel) : 0;
  const classes = ["channel-link"];
  if (isHere) classes.push("here");
  if (isNew) classes.push("unread");
  if (!channel.is_member && !isDirect(channel)) classes.push("faint");
  return (
    <li>
      <button
        type="button"
        className={classes.join(" ")}
        aria-current={isHere ? "page" : undefined}
        data-channel={isDirect(channel) ? (handle ?? channel.id) : channel.name}
        data-channel-id={channel.id}
        data-unread={isNew || undefined}
        onClick={() => {
          person.show(null);
          person.go({ channel: channel.id, tab: isApp ? "messages" : undefined });
        }}
      >
        <span className="channel-sign">
          <ChannelSign channel={channel} />
          {channel.is_im && !isApp && other ? (
            <i
              className={other.is_active ? "presence-dot on" : "presence-dot"}
              title={other.is_active ? "Active" : "Away"}
            />
          ) : null}
        </span>
        <span className="channel-name">{name}</span>
        {other && !isApp ? <Marks user={other} /> : null}
        <SharedSign channel={channel} />
        {badge ? (
          <span className="unread-badge" data-testid="unread" aria-label={`${badge} unread`}>
            {badge > 99 ? "99+" : badge}
          </span>
        ) : null}
      </button>
      {isDirect(channel) && !isApp && !badge ? (
        <button
          type="button"
          className="channel-close"
          aria-label={`Close the conversation with ${name}`}
          title="Close conversation"
          data-testid="close-dm"
          onClick={() => person.leaveDirect(channel.id)}
        >
          <Icon name="close" size={14} />
        </button>
      ) : null}
    </li>
  );
}
