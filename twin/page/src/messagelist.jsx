// The scroll of messages: day dividers, the red "New" line, older messages loaded as one scrolls up. It stays at
// the newest message until the person scrolls away; then a button offers the way back.
import { Fragment, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { Message } from "./message.jsx";
import { usePerson, useStore } from "./store.js";
import { dateOf, dayKey, dayTitle } from "./time.js";
import { isFollowUp } from "./together.js";

const NEAR = 60;
const EARLY = 600;
const SETTLING = 8;
function byDay(messages, zone) {
  const days = [];
  for (const message of messages) {
    const key = dayKey(dateOf(message.ts), zone);
    if (days[days.length - 1]?.key !== key) days.push({ key, messages: [] });
    days[days.length - 1].messages.push(message);
  }
  return days;
}

// Holds an element where it was for a few frames, because messages above it get their true height only when they
// come near the window. Scrolling by the person ends it.
function keep(box, { element, at }, frames = SETTLING) {
  if (!box.current || !element.isConnected) return;
  box.current.scrollTop += element.getBoundingClientRect().top - at;
  const left = box.current.scrollTop;
  if (frames > 0) {
    requestAnimationFrame(() => box.current?.scrollTop === left && keep(box, { element, at }, frames - 1));
  }
}

export function MessageList({ channel, list, top, newFrom, pointed }) {
  const person = usePerson();
  const zone = useStore((s) => s.me.tz);
  const box = useRef(null);
  const inner = useRef(null);
  const isAtEnd = useRef(true);
  const anchor = useRef(null);
  const isLoading = useRef(false);
  const shown = useRef(null);
  const [isAway, setAway] = useState(false);
  const { messages, hasMore } = list;

  const toEnd = useCallback(() => {
    box.current.scrollTop = box.current.scrollHeight;
  }, []);

  // What one is reading must not move when older messages are put above it.
  const holdPlace = () => {
    const line = box.current.getBoundingClientRect().top;
    for (const element of inner.current.querySelectorAll("[data-ts]")) {
      const { top: at, bottom } = element.getBoundingClientRect();
      if (bottom > line) {
        anchor.current = { element, at };
        return;
      }
    }
  };

  const loadOlder = useCallback(async () => {
    if (isLoading.current) return;
    isLoading.current = true;
    holdPlace();
    await person.older(channel);
    isLoading.current = false;
  }, [channel, person]);

  useLayoutEffect(() => {
    if (anchor.current) keep(box, anchor.current);
    else if (isAtEnd.current) toEnd();
    anchor.current = null;
  }, [messages, toEnd]);

  useEffect(() => {
    const watch = new ResizeObserver(() => isAtEnd.current && toEnd());
    watch.observe(inner.current);
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [toEnd]);

  // A link to an old message loads pages until that message is there, then shows it once.
  useEffect(() => {
    if (!pointed || shown.current === pointed) return;
    const element = inner.current.querySelector(`[data-ts="${CSS.escape(pointed)}"]`);
    if (element) {
      shown.current = pointed;
      isAtEnd.current = false;
      element.scrollIntoView({ block: "center" });
    } else if (hasMore && messages[0]?.ts > pointed) {
      loadOlder();
    }
  }, [pointed, messages, hasMore, loadOlder]);

  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
    setAway(scrollHeight - scrollTop - clientHeight > clientHeight / 2);
    if (scrollTop < EARLY && hasMore) loadOlder();
    if (isAtEnd.current && document.hasFocus()) person.seen(channel);
  };

  useEffect(() => {
    if (hasMore && box.current.scrollHeight <= box.current.clientHeight) loadOlder();
  }, [hasMore, messages, loadOlder]);

  const days = useMemo(() => byDay(messages, zone), [messages, zone]);
  return (
    <div className="scroll" ref={box} onScroll={scrolled} data-testid="messages" tabIndex={-1}>
      <div ref={inner} className="scroll-inner">
        {hasMore ? <div className="older">Loading older messages…</div> : top}
        {days.map((day) => (
          <section key={day.key} className="day-group">
            <div className="day-line" />
            <div className="day">
              <span>{dayTitle(dateOf(day.messages[0].ts), zone, new Date())}</span>
            </div>
            {day.messages.map((message, i) => {
              const isNew = newFrom === message.ts;
              return (
                <Fragment key={message.ts}>
                  {isNew ? (
                    <div className="new-line">
                      <span>New</span>
                    </div>
                  ) : null}
                  <Message
                    channel={channel}
                    message={message}
                    isFollowUp={!isNew && isFollowUp(message, day.messages[i - 1])}
                    inThread={false}
                    isPointedAt={pointed === message.ts}
                  />
                </Fragment>
              );
            })}
          </section>
        ))}
      </div>
      {isAway ? (
        <button type="button" className="to-newest" onClick={toEnd}>
          <Icon name="down" size={16} /> Newest messages
        </button>
      ) : null}
    </div>
  );
}
