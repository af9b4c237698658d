// "Threads": every conversation this person takes part in below a message, the ones with something new first. Each
// shows how it began and what was said last; one click goes there.
import { useEffect } from "react";
import { ChannelSign } from "./channelsign.jsx";
import { Icon } from "./icons.jsx";
import { Message } from "./message.jsx";
import { titleOf } from "./names.js";
import { threadKey, usePerson, useStore } from "./store.js";

const SHOWN = 20;
const LAST = 2;

export function Threads() {
  const person = usePerson();
  const follows = useStore((s) => s.follows);
  const shown = Object.values(follows)
    .sort((a, b) => (b.unread > 0) - (a.unread > 0) || (b.latest_reply ?? "").localeCompare(a.latest_reply ?? ""))
    .slice(0, SHOWN);
  return (
    <main className="pane" data-testid="threads-view">
      <header className="pane-header">
        <button
          type="button"
          className="only-narrow plain-button"
          aria-label="Show channels"
          onClick={() => person.show("sidebar")}
        >
          <Icon name="menu" />
        </button>
        <h1 className="pane-title">Threads</h1>
      </header>
      <div className="scroll threads-ground">
        {shown.map((one) => (
          <Followed key={threadKey(one.channel, one.thread_ts)} one={one} />
        ))}
        {shown.length ? null : (
          <div className="home-empty">
            <Icon name="thread" size={48} />
            <h2>No threads yet</h2>
            <p>Threads that you begin, answer in or are named in are gathered here.</p>
          </div>
        )}
      </div>
    </main>
  );
}

function Followed({ one }) {
  const person = usePerson();
  const channel = useStore((s) => s.channels.find((c) => c.id === one.channel));
  const title = useStore((s) => titleOf(s, channel));
  const messages = useStore((s) => s.threads[threadKey(one.channel, one.thread_ts)]);
  useEffect(() => {
    if (!messages) person.loadThread(one.channel, one.thread_ts);
  }, [messages, one.channel, one.thread_ts, person]);
  if (!channel) return null;
  const [root, ...replies] = messages ?? [];
  const last = replies.slice(-Math.max(LAST, Math.min(5, one.unread ?? 0)));
  const left = replies.length - last.length;
  const open = () => {
    person.show(null);
    person.openThread(one.channel, one.thread_ts);
  };
  return (
    <section className="followed" data-testid="followed" data-thread={one.thread_ts}>
      <header>
        <ChannelSign channel={channel} size={15} /> <strong>{title}</strong>
        {one.unread ? <span className="thread-new">{one.unread} new</span> : null}
      </header>
      <div className="followed-box">
        {root ? <Message channel={one.channel} message={root} isFollowUp={false} inThread isPointedAt={false} /> : null}
        {left > 0 ? (
          <button type="button" className="quiet-link followed-more" onClick={open}>
            Show {left} more {left === 1 ? "reply" : "replies"}
          </button>
        ) : null}
        {last.map((message) => (
          <Message
            key={message.ts}
            channel={one.channel}
            message={message}
            isFollowUp={false}
            inThread
            isPointedAt={false}
          />
        ))}
        <button type="button" className="button followed-reply" data-testid="open-followed" onClick={open}>
          Reply…
        </button>
      </div>
    </section>
  );
}
