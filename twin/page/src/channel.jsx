// The middle of the window: a conversation's name, topic and members, its bookmarks, its messages, and the field to
// write in. The conversation with the app has tabs of its own.
import { useEffect, useState } from "react";
import { AgentChat, AgentHistory } from "./agent/agent.jsx";
import { Avatar } from "./avatar.jsx";
import { Bookmarks } from "./channels/bookmarks.jsx";
import { ChannelSign, SharedSign } from "./channelsign.jsx";
import { Composer } from "./composer.jsx";
import { Home, AppTabs, About } from "./home.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { MessageList } from "./messagelist.jsx";
import { Mrkdwn } from "./mrkdwn.jsx";
import { othersIn, titleOf } from "./names.js";
import { Marks, Profile } from "./profile.jsx";
import { isAgent, isAppChannel, isDirect, usePerson, useStore } from "./store.js";
import { dateOf, dayTitle } from "./time.js";

export const wordsOf = (value) => (typeof value === "string" ? value : (value?.value ?? ""));

export function Channel() {
  const place = useStore((s) => s.place);
  const channel = useStore((s) => s.channels.find((c) => c.id === s.place.channel));
  const isApp = useStore((s) => isAppChannel(s, channel));
  const isChat = useStore((s) => isApp && isAgent(s));
  if (!channel) return <main className="pane pane-empty">No channel is open.</main>;
  const Part = !isApp
    ? Conversation
    : { home: Home, about: About, history: isChat ? AgentHistory : null }[place.tab] ||
      (isChat ? AgentChat : Conversation);
  return (
    <main className="pane" data-testid="channel" data-channel-id={channel.id}>
      <Header channel={channel} isApp={isApp} />
      {isApp ? <AppTabs isChat={isChat} /> : <Bookmarks channel={channel} />}
      <Part channel={channel} />
    </main>
  );
}

function Conversation({ channel }) {
  const person = usePerson();
  const place = useStore((s) => s.place);
  const list = useStore((s) => s.lists[channel.id]);
  const opened = useStore((s) => s.newFrom[channel.id]);
  const me = useStore((s) => s.me.id);
  const firstNew = useFirstNew(channel.id, list, opened, me);
  const unread = channel.unread ?? 0;

  useEffect(() => {
    if (!unread || !list) return;
    const look = () => document.hasFocus() && person.seen(channel.id);
    look();
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [unread, list, channel.id, person]);
  useEffect(() => {
    const away = () => person.lookAway(channel.id);
    addEventListener("blur", away);
    return () => removeEventListener("blur", away);
  }, [channel.id, person]);

  return (
    <>
      {list ? (
        <MessageList
          key={`list ${channel.id}`}
          channel={channel.id}
          list={list}
          newFrom={firstNew}
          pointed={place.thread ? null : place.message}
          top={<Beginning channel={channel} />}
        />
      ) : (
        <div className="scroll waiting">Loading…</div>
      )}
      {channel.is_member || isDirect(channel) ? (
        <Composer key={`field ${channel.id}`} channel={channel} />
      ) : (
        <JoinBar channel={channel} />
      )}
    </>
  );
}

// The first message that is new, as far as it is among those loaded: by where the person had read to when the channel
// was opened, by how many were unread, or by the message they marked. It stays until it is opened again.
function useFirstNew(channel, list, opened, me) {
  const [found, setFound] = useState({ channel: null, opened: null, ts: null });
  const isKnown = found.channel === channel && found.opened === opened;
  if (list && opened && !(isKnown && found.ts)) {
    const ts = firstNewOf(list, opened, me);
    if (!isKnown || ts !== found.ts) setFound({ channel, opened, ts });
    return ts;
  }
  return isKnown && opened ? found.ts : null;
}

function firstNewOf(list, { from, after, unread }, me) {
  const others = list.messages.filter((m) => m.user !== me && !m.is_ephemeral);
  if (from) return list.messages.find((m) => m.ts >= from)?.ts ?? null;
  if (after) return others.find((m) => m.ts > after)?.ts ?? null;
  return unread ? (others[Math.max(0, others.length - unread)]?.ts ?? null) : null;
}

function Header({ channel, isApp }) {
  const person = usePerson();
  const app = useStore((s) => s.app);
  const users = useStore((s) => s.users);
  const side = useStore((s) => s.side?.what);
  const canAsk = useStore((s) => isAgent(s));
  const [profile, setProfile] = useState(null);
  const title = titleOf({ app, users }, channel);
  const topic = wordsOf(channel.topic);
  const other = channel.is_im && !isApp ? othersIn({ users }, channel)[0] : null;
  const show = (tab) => person.beside(side === "details" ? null : { what: "details", tab });
  return (
    <header className="pane-header">
      <button
        type="button"
        className="only-narrow plain-button"
        aria-label="Show channels"
        data-testid="show-channels"
        onClick={() => person.show("sidebar")}
      >
        <Icon name="menu" />
      </button>
      <h1 className="pane-title" data-testid="channel-name">
        <button
          type="button"
          className="title-button"
          data-testid="channel-title"
          title={isApp ? undefined : "Details of this conversation"}
          onClick={(event) => {
            const anchor = event.currentTarget;
            if (other) setProfile(profile ? null : { user: other, anchor });
            else if (isApp) person.openTab("about");
            else show("about");
          }}
        >
          <ChannelSign channel={channel} size={18} face={24} />
          <span>{title}</span>
        </button>
        {isApp ? <span className="badge">APP</span> : null}
        {other ? <Marks user={other} /> : null}
        <SharedSign channel={channel} />
      </h1>
      <div className="topic" title={topic || undefined}>
        {topic ? <Mrkdwn text={topic} /> : null}
      </div>
      {profile ? <Profile {...profile} onClose={() => setProfile(null)} /> : null}
      {channel.pinned?.length ? (
        <button
          type="button"
          className="header-button"
          data-testid="show-pins"
          aria-label={`${channel.pinned.length} pinned`}
          title="Pinned messages"
          onClick={() => show("pins")}
        >
          <Icon name="pin" size={16} /> {channel.pinned.length}
        </button>
      ) : null}
      {channel.is_im ? null : <Members channel={channel} users={users} onPress={() => show("members")} />}
      {canAsk && !isApp ? (
        <button
          type="button"
          className={side === "agent" ? "header-button here" : "header-button"}
          aria-pressed={side === "agent"}
          title={`Ask ${app.name} beside this conversation`}
          data-testid="ask-agent"
          onClick={() => person.beside(side === "agent" ? null : { what: "agent" })}
        >
          <Icon name="spark" size={16} />
          <span className="header-label">{app.name}</span>
        </button>
      ) : null}
      <button
        type="button"
        className="only-narrow plain-button"
        aria-label="Search"
        onClick={() => person.beside({ what: "search" })}
      >
        <Icon name="search" />
      </button>
    </header>
  );
}

function Members({ channel, users, onPress }) {
  const members = (channel.members ?? []).map((id) => users[id]).filter(Boolean);
  const count = channel.members?.length ?? channel.num_members ?? 0;
  return (
    <button
      type="button"
      className="members"
      data-testid="members"
      aria-label={`${count} members`}
      title={members.slice(0, 8).map(nameOf).join(", ")}
      onClick={onPress}
    >
      <span className="member-faces">
        {members.slice(0, 3).map((user) => (
          <Avatar key={user.id} user={user} size={22} />
        ))}
      </span>
      {count}
    </button>
  );
}

export function Beginning({ channel }) {
  const app = useStore((s) => s.app);
  const users = useStore((s) => s.users);
  const zone = useStore((s) => s.me.tz);
  const isApp = isAppChannel({ app }, channel);
  if (isDirect(channel)) {
    const others = isApp ? [users[app.bot_user_id]] : othersIn({ users }, channel);
    const title = titleOf({ app, users }, channel);
    return (
      <div className="beginning">
        <div className="beginning-faces">
          {others.slice(0, 5).map((user, i) => (
            <Avatar key={user?.id ?? i} user={user} name={isApp ? app.name : undefined} size={64} />
          ))}
        </div>
        <h2>{title}</h2>
        <p>This is the very beginning of your conversation with {title}.</p>
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
        {channel.is_archived ? ", which is archived" : ""}
      </p>
      {channel.is_archived ? null : (
        <button
          type="button"
          className="button primary"
          data-testid="join"
          onClick={() => person.act("join", { channel: channel.id })}
        >
          Join channel
        </button>
      )}
    </div>
  );
}
