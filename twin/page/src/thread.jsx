// The pane at the right: one message, its replies, and a field of its own to answer in. Of a very long thread the
// last replies are drawn, the others on request.
import { useContext, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useEnd } from "./atend.js";
import { Composer } from "./composer.jsx";
import { Icon } from "./icons.jsx";
import { Message } from "./message.jsx";
import { spokenName } from "./names.js";
import { focusMessage, roam } from "./roam.js";
import { isDirect, threadKey, Twin, useStore } from "./store.js";
import { isFollowUp } from "./together.js";

const NEAR = 60;
const DRAWN = 150;

export function Thread() {
  const { person } = useContext(Twin);
  const place = useStore((s) => s.place);
  const channel = useStore((s) => s.channels.find((c) => c.id === s.place.channel));
  const where = useStore((s) => spokenName(s, channel));
  if (!channel) return null;
  return (
    <aside className="thread" data-testid="thread" data-thread={place.thread} aria-label="Thread">
      <header className="pane-header">
        <h2 className="pane-title">Thread</h2>
        <span className="topic">{where}</span>
        <button
          type="button"
          className="plain-button"
          aria-label="Close thread"
          data-testid="close-thread"
          onClick={() => person.closeThread()}
        >
          <Icon name="close" />
        </button>
      </header>
      <Replies key={`${channel.id} ${place.thread}`} channel={channel} thread={place.thread} pointed={place.message} />
    </aside>
  );
}

// The messages of a thread above its field; also what a conversation with an agent is made of.
export function Replies({
  channel,
  thread,
  pointed = null,
  top = null,
  between = null,
  hideRoot = false,
  isTalk = false,
  composer = {},
}) {
  const { store, person } = useContext(Twin);
  const messages = useStore((s) => s.threads[threadKey(channel.id, thread)]);
  const unread = useStore((s) => s.follows[threadKey(channel.id, thread)]?.unread ?? 0);
  const [drawn, setDrawn] = useState(DRAWN);
  const box = useRef(null);
  const inner = useRef(null);
  const isAtEnd = useRef(true);
  const shown = useRef(null);
  const toEnd = useEnd(box, isAtEnd);
  const [root, ...replies] = messages ?? [];
  // A whisper is not a reply: the line below the message in the channel does not count it either.
  const count = replies.filter((message) => !message.is_ephemeral).length;
  const pointedAt = replies.findIndex((message) => message.ts === pointed);
  const left = Math.max(0, Math.min(replies.length - drawn, pointedAt < 0 ? Infinity : pointedAt - 20));

  useLayoutEffect(() => {
    const target = pointed && inner.current?.querySelector(`[data-ts="${CSS.escape(pointed)}"]`);
    if (target && shown.current !== pointed && pointed !== thread) {
      shown.current = pointed;
      isAtEnd.current = false;
      target.scrollIntoView({ block: "center" });
    } else if (isAtEnd.current) toEnd();
  }, [messages, pointed, thread, toEnd]);
  useEffect(() => {
    if (!inner.current) return;
    const watch = new ResizeObserver(() => isAtEnd.current && toEnd());
    watch.observe(inner.current);
    return () => watch.disconnect();
  }, [toEnd]);
  useEffect(() => {
    if (!unread) return;
    const look = () => document.hasFocus() && person.readThread(channel.id, thread);
    look();
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [unread, channel.id, thread, person]);

  const keys = (event) => {
    if (roam(event, { box: box.current, store, person, inThread: true })) event.preventDefault();
  };
  return (
    <div
      className="scroll"
      ref={box}
      onKeyDown={keys}
      onScroll={() => {
        const { scrollTop, scrollHeight, clientHeight } = box.current;
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      <div ref={inner} className="scroll-inner">
        {top}
        {root && !hideRoot ? (
          <Message channel={channel.id} message={root} isFollowUp={false} inThread isPointedAt={pointed === root.ts} />
        ) : root ? null : messages ? (
          <p className="older">This message is not there any more.</p>
        ) : (
          <p className="older">Loading…</p>
        )}
        {count && !isTalk ? (
          <div className="reply-count">
            <span>
              {count} {count === 1 ? "reply" : "replies"}
            </span>
          </div>
        ) : null}
        {left ? (
          <button
            type="button"
            className="quiet-link earlier"
            onClick={() => {
              isAtEnd.current = false;
              const first = inner.current.querySelectorAll('[data-testid="message"]')[1];
              setDrawn(drawn + DRAWN);
              requestAnimationFrame(() => focusMessage(first));
            }}
          >
            Show {Math.min(left, DRAWN)} earlier replies
          </button>
        ) : null}
        {replies.slice(left).map((message, i, all) => (
          <Message
            key={message.ts}
            channel={channel.id}
            message={message}
            isFollowUp={isFollowUp(message, all[i - 1])}
            inThread
            isPointedAt={pointed === message.ts}
          />
        ))}
        {between}
      </div>
      {root && (channel.is_member || isDirect(channel)) ? (
        <Composer key={thread} channel={channel} thread={thread} {...composer} />
      ) : null}
    </div>
  );
}
