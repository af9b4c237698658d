// The pane at the right: one message, its replies, and a field of its own to answer in.
import { useEffect, useLayoutEffect, useRef } from "react";
import { Composer } from "./composer.jsx";
import { Icon } from "./icons.jsx";
import { Message } from "./message.jsx";
import { threadKey, usePerson, useStore } from "./store.js";
import { isFollowUp } from "./together.js";

export function Thread() {
  const person = usePerson();
  const place = useStore((s) => s.place);
  const channel = useStore((s) => s.channels.find((c) => c.id === s.place.channel));
  const messages = useStore((s) => s.threads[threadKey(s.place.channel, s.place.thread)]);
  const box = useRef(null);
  const inner = useRef(null);
  const isAtEnd = useRef(true);
  const [root, ...replies] = messages ?? [];
  // A whisper is not a reply: the line below the message in the channel does not count it either.
  const count = replies.filter((message) => !message.is_ephemeral).length;

  useLayoutEffect(() => {
    isAtEnd.current = true;
  }, [place.thread]);
  useLayoutEffect(() => {
    if (isAtEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [messages, place.thread]);
  useEffect(() => {
    if (!inner.current) return;
    const watch = new ResizeObserver(() => {
      if (isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
    });
    watch.observe(inner.current);
    return () => watch.disconnect();
  }, [place.thread]);

  if (!channel) return null;
  return (
    <aside className="thread" data-testid="thread" data-thread={place.thread}>
      <header className="pane-header">
        <h2 className="pane-title">Thread</h2>
        <span className="topic">{channel.is_im ? "" : `#${channel.name}`}</span>
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
      <div
        className="scroll"
        ref={box}
        onScroll={() => {
          const { scrollTop, scrollHeight, clientHeight } = box.current;
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 60;
        }}
      >
        <div ref={inner} className="scroll-inner">
          {root ? (
            <Message channel={channel.id} message={root} isFollowUp={false} inThread isPointedAt={false} />
          ) : messages ? (
            <p className="older">This message is not there any more.</p>
          ) : (
            <p className="older">Loading…</p>
          )}
          {count ? (
            <div className="reply-count">
              <span>
                {count} {count === 1 ? "reply" : "replies"}
              </span>
            </div>
          ) : null}
          {replies.map((message, i) => (
            <Message
              key={message.ts}
              channel={channel.id}
              message={message}
              isFollowUp={isFollowUp(message, replies[i - 1])}
              inThread
              isPointedAt={place.message === message.ts}
            />
          ))}
        </div>
        {root && (channel.is_member || channel.is_im) ? (
          <Composer key={place.thread} channel={channel} thread={place.thread} />
        ) : null}
      </div>
    </aside>
  );
}
