// Talking with an agent: what it offers to be asked, the conversation with its answers as they are written, a line
// that says what it is doing, a button to stop it, and the earlier conversations by title.
import { useEffect, useState } from "react";
import { Avatar } from "../avatar.jsx";
import { Composer } from "../composer.jsx";
import { Icon } from "../icons.jsx";
import { MessageList } from "../messagelist.jsx";
import { isAppChannel, isReply, threadKey, usePerson, useStore } from "../store.js";
import { Replies } from "../thread.jsx";
import { ago, dateOf } from "../time.js";
import { Prompts } from "./prompts.jsx";
import { Status } from "./status.jsx";

const NONE = [];

const useSession = (channel, thread) =>
  useStore((s) => s.assistant.find((t) => t.channel === channel && (t.thread_ts || null) === (thread || null)));

// The conversation in the app's own place: the thread in the address, else the one that the twin opens.
export function AgentChat({ channel }) {
  const person = usePerson();
  const thread = useStore((s) => s.place.thread);
  const turn = (ts) => person.go({ channel: channel.id, thread: ts, tab: "messages" });
  return <Chat key={channel.id} channel={channel} thread={thread} onThread={turn} />;
}

// `thread` is the conversation to show, `about` the channel that is looked at beside it. An agent of the older kind
// begins each conversation itself, one of the newer kind is spoken to first.
function Chat({ channel, thread, about = null, onThread }) {
  const person = usePerson();
  const [isOpened, setOpened] = useState(false);
  const open = async () => {
    const answer = await person.act("agent_open", about ? { channel: about } : {}, { quiet: true });
    onThread(answer.thread_ts ?? null);
  };
  useEffect(() => {
    if (thread || isOpened) return;
    setOpened(true);
    open();
  }, [thread, isOpened]);
  const isThere = useStore((s) => !thread || Boolean(s.threads[threadKey(channel.id, thread)]));
  useEffect(() => {
    if (!isThere) person.loadThread(channel.id, thread);
  }, [thread, isThere, channel.id, person]);
  useEffect(() => {
    if (channel.unread && document.hasFocus()) person.seen(channel.id);
  }, [channel.unread, channel.id, person]);
  return thread ? (
    <Session key={thread} channel={channel} thread={thread} onNew={open} />
  ) : (
    <Beginning channel={channel} onThread={onThread} />
  );
}

// A conversation is a thread: its first message is only a place for it, unless a person wrote it.
function Session({ channel, thread, onNew }) {
  const person = usePerson();
  const session = useSession(channel.id, thread);
  const messages = useStore((s) => s.threads[threadKey(channel.id, thread)] ?? NONE);
  const me = useStore((s) => s.me.id);
  const app = useStore((s) => s.app);
  const pointed = useStore((s) => (s.place.thread === thread ? s.place.message : null));
  const [root] = messages;
  const isEmpty = messages.length > 0 && !messages.some((m) => m.user === me && !m.bot_id);
  const isPlaceholder = root?.subtype === "assistant_app_thread";
  const say = (text) => person.act("post", { channel: channel.id, text, thread_ts: thread });
  return (
    <div className="agent" data-testid="agent" data-thread={thread}>
      <AgentBar title={session?.title || (isPlaceholder ? "" : root?.text)} onNew={onNew} />
      <Replies
        channel={channel}
        thread={thread}
        hideRoot={isPlaceholder}
        isTalk
        pointed={pointed}
        top={isEmpty ? <Greeting /> : null}
        between={
          <>
            {isEmpty ? <Prompts session={session} onPick={say} /> : null}
            <Status session={session} channel={channel.id} thread={thread} />
          </>
        }
        composer={{ hint: `Message ${app.name}` }}
      />
    </div>
  );
}

// Before anything is said: what was said so far, what the agent offers, and the field that begins a conversation.
function Beginning({ channel, onThread }) {
  const person = usePerson();
  const app = useStore((s) => s.app);
  const list = useStore((s) => s.lists[channel.id]);
  const session = useSession(channel.id, null);
  useEffect(() => {
    if (!list) person.newest(channel.id);
  }, [list, channel.id, person]);
  const say = async ({ text, files = NONE }) => {
    const answer = files.length
      ? await person.upload(files, { channel: channel.id, text })
      : await person.act("post", { channel: channel.id, text });
    if (answer.ok !== false) onThread(answer.ts);
    return answer;
  };
  return (
    <div className="agent" data-testid="agent">
      {list ? (
        <MessageList channel={channel.id} list={list} newFrom={null} pointed={null} top={<Greeting />} />
      ) : (
        <div className="scroll waiting">Loading…</div>
      )}
      <div className="agent-below">
        <Prompts session={session} onPick={(text) => say({ text })} />
      </div>
      <Composer channel={channel} hint={`Message ${app.name}`} send={say} />
    </div>
  );
}

function AgentBar({ title, onNew }) {
  return (
    <div className="agent-bar">
      <strong data-testid="agent-title">{title || "New conversation"}</strong>
      <button type="button" className="button" data-testid="agent-new" onClick={onNew}>
        <Icon name="plus" size={14} /> New chat
      </button>
    </div>
  );
}

function Greeting() {
  const app = useStore((s) => s.app);
  const bot = useStore((s) => s.users[s.app.bot_user_id]);
  return (
    <div className="agent-greeting">
      <Avatar user={bot} name={app.name} size={56} />
      <h2>{app.name}</h2>
      {app.description ? <p>{app.description}</p> : null}
    </div>
  );
}

// Every earlier conversation with the agent, newest first.
export function AgentHistory({ channel }) {
  const person = usePerson();
  const sessions = useStore((s) => s.assistant);
  const list = useStore((s) => s.lists[channel.id]);
  useEffect(() => {
    if (!list) person.newest(channel.id);
  }, [list, channel.id, person]);
  const known = sessions.filter((t) => t.channel === channel.id && t.thread_ts);
  const stamps = new Set(known.map((t) => t.thread_ts));
  const others = (list?.messages ?? NONE)
    .filter((m) => m.reply_count && !isReply(m) && !stamps.has(m.ts))
    .map((m) => ({ thread_ts: m.ts, title: m.text, latest: m.latest_reply }));
  const rows = [...known, ...others].sort((a, b) => b.thread_ts.localeCompare(a.thread_ts));
  return (
    <div className="scroll home" data-testid="agent-history">
      <ul className="sessions">
        {rows.map((one) => (
          <li key={one.thread_ts}>
            <button
              type="button"
              className="session"
              data-session={one.thread_ts}
              onClick={() => person.go({ channel: channel.id, thread: one.thread_ts, tab: "messages" })}
            >
              <strong>{one.title || "Untitled conversation"}</strong>
              <small>
                {one.status ? `${one.status} · ` : ""}
                {ago(dateOf(one.latest ?? one.thread_ts), new Date())}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {rows.length ? null : <p className="older">No conversations yet.</p>}
    </div>
  );
}

// The same conversation in the pane at the right, beside whatever channel one is looking at.
export function AgentSide() {
  const person = usePerson();
  const app = useStore((s) => s.app);
  const dm = useStore((s) => s.channels.find((c) => isAppChannel(s, c)));
  const bot = useStore((s) => s.users[s.app.bot_user_id]);
  const about = useStore((s) => s.place.channel);
  const thread = useStore((s) => s.side?.thread ?? null);
  if (!dm) return null;
  return (
    <aside className="side agent-side" data-testid="agent-side" aria-label={app.name}>
      <header className="pane-header">
        <h2 className="pane-title">
          <Avatar user={bot} name={app.name} size={24} /> {app.name} <span className="badge">APP</span>
        </h2>
        <span className="topic" />
        <button
          type="button"
          className="plain-button"
          aria-label={`Open ${app.name} in full`}
          title={`Open ${app.name} in full`}
          onClick={() => {
            person.beside(null);
            person.go({ channel: dm.id, thread, tab: "messages" });
          }}
        >
          <Icon name="window" size={18} />
        </button>
        <button
          type="button"
          className="plain-button"
          aria-label="Close"
          data-testid="close-side"
          onClick={() => person.beside(null)}
        >
          <Icon name="close" />
        </button>
      </header>
      <Chat
        channel={dm}
        thread={thread}
        about={about}
        onThread={(ts) => person.beside({ what: "agent", thread: ts })}
      />
    </aside>
  );
}
