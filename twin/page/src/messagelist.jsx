// The scroll of messages: day dividers, the red "New" line, older and newer messages loaded as one scrolls. It stays
// at the newest message until the person scrolls away; then a button offers the way back, and a bar at the top says
// how much is new further up. However long the conversation is, only a stretch of it is drawn.
import { Fragment, useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useEnd } from "./atend.js";
import { Icon } from "./icons.jsx";
import { Message } from "./message.jsx";
import { NewBar } from "./newbar.jsx";
import { roam } from "./roam.js";
import { Twin, useStore } from "./store.js";
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
  const { store, person } = useContext(Twin);
  const zone = useStore((s) => s.me.tz);
  const box = useRef(null);
  const inner = useRef(null);
  const isAtEnd = useRef(true);
  const anchor = useRef(null);
  const isLoading = useRef(false);
  const shown = useRef(null);
  const [isAway, setAway] = useState(false);
  const { messages, hasMore, hasNewer } = list;

  const toEnd = useEnd(box, isAtEnd);
  const toNewest = async () => {
    isAtEnd.current = true;
    if (hasNewer) await person.newest(channel);
    toEnd();
  };

  // What one is reading must not move when messages come or go above it.
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

  const loadMore = useCallback(
    async (way) => {
      if (isLoading.current) return;
      isLoading.current = true;
      holdPlace();
      await person[way](channel);
      isLoading.current = false;
    },
    [channel, person],
  );

  useLayoutEffect(() => {
    if (anchor.current) keep(box, anchor.current);
    else if (isAtEnd.current && !hasNewer) toEnd();
    anchor.current = null;
  }, [messages, hasNewer, toEnd]);

  useEffect(() => {
    const watch = new ResizeObserver(() => isAtEnd.current && toEnd());
    watch.observe(inner.current);
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [toEnd]);

  // A link to an old message shows it in the middle, once.
  useEffect(() => {
    if (!pointed || shown.current === pointed) return;
    const element = inner.current.querySelector(`[data-ts="${CSS.escape(pointed)}"]`);
    if (!element) return;
    shown.current = pointed;
    isAtEnd.current = false;
    element.scrollIntoView({ block: "center" });
    keep(box, { element, at: element.getBoundingClientRect().top });
  }, [pointed, messages]);

  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    const below = scrollHeight - scrollTop - clientHeight;
    isAtEnd.current = below < NEAR && !hasNewer;
    setAway(below > clientHeight / 2 || hasNewer);
    person.standUp(channel, !isAtEnd.current);
    if (scrollTop < EARLY && hasMore) loadMore("older");
    else if (below < EARLY && hasNewer) loadMore("newer");
    if (isAtEnd.current && document.hasFocus()) person.seen(channel);
  };

  useEffect(() => {
    const isShort = box.current.scrollHeight <= box.current.clientHeight;
    if (isShort && hasMore) loadMore("older");
    else if (isShort && hasNewer) loadMore("newer");
  }, [hasMore, hasNewer, messages, loadMore]);

  const days = useMemo(() => byDay(messages, zone), [messages, zone]);
  return (
    <div
      className="scroll"
      ref={box}
      onScroll={scrolled}
      onKeyDown={(event) => roam(event, { box: box.current, store, person }) && event.preventDefault()}
      data-testid="messages"
      role="region"
      aria-label="Messages"
      tabIndex={-1}
    >
      <NewBar channel={channel} box={box} list={list} newFrom={newFrom} />
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
                    <div className="new-line" role="separator" aria-label="New messages" data-testid="new-line">
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
        {hasNewer ? <div className="older">Loading newer messages…</div> : null}
      </div>
      {isAway ? (
        <div className="to-newest-holder">
          <button type="button" className="to-newest" data-testid="to-newest" onClick={toNewest}>
            <Icon name="down" size={16} /> Newest messages
          </button>
        </div>
      ) : null}
    </div>
  );
}
