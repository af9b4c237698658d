// The middle of the window: a channel's name, topic and members, its messages, and the field to write in.
import { useEffect, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Composer } from "./composer.jsx";
import { Home, AppTabs, About } from "./home.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { MessageList } from "./messagelist.jsx";
import { Mrkdwn } from "./mrkdwn.jsx";
import { Popover } from "./popover.jsx";
import { isAppChannel, usePerson, useStore } from "./store.js";
import { dateOf, dayTitle } from "./time.js";

export const wordsOf = (value) => (typeof value === "string" ? value : (value?.value ?? ""));

export function Channel() {
  const person = usePerson();
  const place = useStore((s) => s.place);
  const channel = useStore((s) => s.channels.find((c) => c.id === s.place.channel));
  const isApp = useStore((s) => isAppChannel(s, channel));
  const list = useStore((s) => s.lists[s.place.channel]);
  const opened = useStore((s) => s.newFrom[s.place.channel]);
  const me = useStore((s) => s.me.id);
  const firstNew = useFirstNew(place.channel, list, opened, me);

  const isShown = !isApp || place.tab === "messages";
  const unread = channel?.unread ?? 0;
  useEffect(() => {
    if (!isShown || !unread || !list) return;
    const look = () => document.hasFocus() && person.seen(place.channel);
    look();
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [isShown, unread, list, place.channel, person]);

  if (!channel) return <main className="pane pane-empty">No channel is open.</main>;
  return (
    <main className="pane" data-testid="channel" data-channel-id={channel.id}>
      <Header channel={channel} isApp={isApp} />
      {isApp ? <AppTabs /> : null}
      {isApp && place.tab === "home" ? (
        <Home />
      ) : isApp && place.tab === "about" ? (
        <About />
      ) : (
        <>
          {list ? (
            <MessageList
              key={`list ${channel.id}`}
              channel={channel.id}
              list={list}
              newFrom={firstNew}
              pointed={place.thread ? null : place.message}
              top={<Beginning channel={channel} isApp={isApp} />}
            />
          ) : (
            <div className="scroll waiting">Loading…</div>
          )}
          {channel.is_member || channel.is_im ? (
            <Composer key={`field ${channel.id}`} channel={channel} />
          ) : (
            <JoinBar channel={channel} />
          )}
        </>
      )}
    </main>
  );
}

// The first of the messages that were unread when the channel was opened; fixed until it is opened again.
function useFirstNew(channel, list, opened, me) {
  const [found, setFound] = useState({ channel: null, ts: null });
  if (list && found.channel !== channel) {
    const others = opened ? list.messages.filter((m) => m.user !== me && !m.is_ephemeral) : [];
    const first = opened?.after
      ? others.find((m) => m.ts > opened.after)
      : others[Math.max(0, others.length - (opened?.unread ?? 0))];
    const ts = first?.ts ?? null;
    setFound({ channel, ts });
    return ts;
  }
  return found.channel === channel ? found.ts : null;
}

function Header({ channel, isApp }) {
  const person = usePerson();
  const app = useStore((s) => s.app);
  const users = useStore((s) => s.users);
  const [anchor, setAnchor] = useState(null);
  const members = (channel.members ?? []).map((id) => users[id]).filter(Boolean);
  const other = users[channel.user];
  const topic = wordsOf(channel.topic);
  return (
    <header className="pane-header">
      <button
        type="button"
        className="only-narrow plain-button"
        aria-label="Show channels"
        onClick={() => person.show("sidebar")}
      >
        <Icon name="menu" />
      </button>
      <h1 className="pane-title" data-testid="channel-name">
        {channel.is_im ? (
          <>
            <Avatar user={isApp ? users[app.bot_user_id] : other} name={isApp ? app.name : undefined} size={24} />
            {isApp ? app.name : nameOf(other)}
            {isApp ? <span className="badge">APP</span> : null}
          </>
        ) : (
          <>
            <Icon name={channel.is_private ? "lock" : "hash"} size={18} />
            {channel.name}
          </>
        )}
      </h1>
      {topic ? (
        <div className="topic" title={topic}>
          <Mrkdwn text={topic} />
        </div>
      ) : (
        <div className="topic" />
      )}
      {channel.is_im ? null : (
        <button
          type="button"
          className="members"
          data-testid="members"
          aria-label={`${members.length} members`}
          onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
        >
          <span className="member-faces">
            {members.slice(0, 3).map((user) => (
              <Avatar key={user.id} user={user} size={22} />
            ))}
          </span>
          {channel.members?.length ?? 0}
        </button>
      )}
      {anchor ? (
        <Popover anchor={anchor} align="end" className="member-list" onClose={() => setAnchor(null)}>
          <h4>Members of #{channel.name}</h4>
          <ul>
            {members.map((user) => (
              <li key={user.id}>
                <Avatar user={user} size={28} />
                <span>
                  <strong>{nameOf(user)}</strong>
                  {user.is_bot ? <span className="badge">APP</span> : null}
                  <small>{user.profile?.title}</small>
                </span>
              </li>
            ))}
          </ul>
          {channel.is_member && channel.name !== "general" ? (
            <button
              type="button"
              className="button"
              onClick={() => {
                setAnchor(null);
                person.act("leave", { channel: channel.id });
              }}
            >
              Leave channel
            </button>
          ) : null}
        </Popover>
      ) : null}
    </header>
  );
}

function Beginning({ channel, isApp }) {
  const app = useStore((s) => s.app);
  const users = useStore((s) => s.users);
  const zone = useStore((s) => s.me.tz);
  if (channel.is_im) {
    const user = users[isApp ? app.bot_user_id : channel.user];
    return (
      <div className="beginning">
        <Avatar user={user} name={isApp ? app.name : undefined} size={64} />
        <h2>{isApp ? app.name : nameOf(user)}</h2>
        <p>This is the very beginning of your conversation with {isApp ? app.name : nameOf(user)}.</p>
      </div>
    );
  }
  const purpose = wordsOf(channel.purpose);
  return (
    <div className="beginning">
      <h2>
        <Icon name={channel.is_private ? "lock" : "hash"} size={28} /> {channel.name}
      </h2>
      <p>
        This is the very beginning of the <strong>#{channel.name}</strong> channel
        {channel.created ? `, created ${dayOf(channel.created, zone)}` : ""}.{" "}
        {purpose ? <Mrkdwn text={purpose} /> : null}
      </p>
    </div>
  );
}

function dayOf(seconds, zone) {
  const title = dayTitle(dateOf(seconds), zone, new Date());
  return /day$/.test(title) && !title.includes(",") ? title.toLowerCase() : `on ${title}`;
}

function JoinBar({ channel }) {
  const person = usePerson();
  return (
    <div className="join-bar">
      <p>
        You are looking at <strong>#{channel.name}</strong>
      </p>
      <button
        type="button"
        className="button primary"
        data-testid="join"
        onClick={() => person.act("join", { channel: channel.id })}
      >
        Join channel
      </button>
    </div>
  );
}
