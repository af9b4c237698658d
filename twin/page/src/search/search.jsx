// Searching everything that was said: the pane at the right shows what was found, newest first, with filters above.
// The arrow keys go through what was found, Enter opens it in its place; the list stays open beside it.
import { useEffect, useMemo, useRef, useState } from "react";
import { Avatar } from "../avatar.jsx";
import { ChannelSign } from "../channelsign.jsx";
import { Icon } from "../icons.jsx";
import { authorOf } from "../message.jsx";
import { titleOf } from "../names.js";
import { isReply, usePerson, useStore } from "../store.js";
import { clock, dateOf, dayTitle } from "../time.js";
import { Excerpt } from "./excerpt.jsx";
import { Filters } from "./filters.jsx";
import { wordsToMark } from "./query.js";

const PAUSE = 180;
const PAGE = 30;

export function Search() {
  const person = usePerson();
  const first = useStore((s) => s.side?.query ?? "");
  const [typed, setTyped] = useState(first);
  const [limit, setLimit] = useState(PAGE);
  const [at, setAt] = useState(-1);
  const { found, isAsking, trouble } = useFound(typed, limit);
  const field = useRef(null);
  const list = useRef(null);

  // Opened again with other words, such as "in:#help", the field takes them over.
  const [asked, setAsked] = useState(first);
  if (asked !== first) {
    setAsked(first);
    setTyped(first);
  }
  useEffect(() => {
    field.current.focus();
    field.current.setSelectionRange(field.current.value.length, field.current.value.length);
  }, [first]);
  useEffect(() => {
    setAt(-1);
    setLimit(PAGE);
  }, [typed]);
  useEffect(() => {
    list.current?.querySelector("[data-at=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const messages = found?.messages ?? [];
  const open = (one) => {
    const { message, channel } = one;
    const root = isReply(message) && message.subtype !== "thread_broadcast" ? message.thread_ts : null;
    if (innerWidth <= 760) person.beside(null);
    person.go({ channel, thread: root, message: message.ts });
  };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((i) => Math.max(-1, Math.min(messages.length - 1, i + step)));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      const one = messages[at < 0 ? 0 : at];
      if (one) open(one);
      setAt((i) => Math.max(0, i));
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (typed) setTyped("");
      else person.beside(null);
    }
  };
  return (
    <aside className="side search-side" data-testid="search" aria-label="Search">
      <header className="pane-header">
        <label className="search-field">
          <Icon name="search" size={18} />
          <input
            ref={field}
            type="text"
            role="searchbox"
            placeholder="Search messages"
            aria-label="Search messages"
            data-testid="search-input"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={keys}
          />
          {typed ? (
            <button type="button" aria-label="Clear" className="tiny-button open" onClick={() => setTyped("")}>
              <Icon name="close" size={14} />
            </button>
          ) : null}
        </label>
        <button
          type="button"
          className="plain-button"
          aria-label="Close search"
          data-testid="close-side"
          onClick={() => person.beside(null)}
        >
          <Icon name="close" />
        </button>
      </header>
      <Filters typed={typed} onChange={setTyped} />
      <div className="scroll" ref={list}>
        {!typed.trim() ? (
          <Tips />
        ) : trouble ? (
          <p className="older" role="alert">
            {trouble}
          </p>
        ) : found ? (
          <>
            <p className="search-count" role="status" data-testid="search-count">
              {found.total} {found.total === 1 ? "message" : "messages"}
            </p>
            <ol className="results">
              {messages.map((one, i) => (
                <Result
                  key={`${one.channel} ${one.message.ts}`}
                  one={one}
                  words={typed}
                  isAt={i === at}
                  onOpen={() => {
                    setAt(i);
                    open(one);
                  }}
                />
              ))}
            </ol>
            {messages.length < found.total ? (
              <button type="button" className="button search-more" onClick={() => setLimit(limit + PAGE)}>
                Show more
              </button>
            ) : null}
            {found.total ? null : <p className="older">Nothing was found. Fewer words or filters may help.</p>}
          </>
        ) : (
          <p className="older">{isAsking ? "Searching…" : ""}</p>
        )}
      </div>
    </aside>
  );
}

// Asks once typing pauses; the answer to an older question is dropped.
function useFound(typed, limit) {
  const person = usePerson();
  const [state, setState] = useState({ found: null, isAsking: false, trouble: null });
  useEffect(() => {
    const q = typed.trim();
    if (!q) return setState({ found: null, isAsking: false, trouble: null });
    let isCurrent = true;
    setState((old) => ({ ...old, isAsking: true }));
    const timer = setTimeout(async () => {
      try {
        const found = await person.ask("/twin/search", { q, limit });
        if (isCurrent) setState({ found, isAsking: false, trouble: null });
      } catch (problem) {
        if (isCurrent) setState({ found: null, isAsking: false, trouble: problem.message });
      }
    }, PAUSE);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [typed, limit, person]);
  return state;
}

function Result({ one, words, isAt, onOpen }) {
  const users = useStore((s) => s.users);
  const zone = useStore((s) => s.me.tz);
  const channel = useStore((s) => s.channels.find((c) => c.id === one.channel));
  const title = useStore((s) => titleOf(s, channel));
  const author = authorOf(one.message, users);
  const at = dateOf(one.message.ts);
  const marked = useMemo(() => wordsToMark(words), [words]);
  return (
    <li>
      <button
        type="button"
        className="result"
        data-at={isAt}
        data-testid="result"
        data-ts={one.message.ts}
        onClick={onOpen}
      >
        <span className="result-where">
          {channel ? <ChannelSign channel={channel} size={14} face={16} /> : null}
          <strong>{title}</strong>
          <time>
            {dayTitle(at, zone, new Date())} at {clock(at, zone)}
          </time>
        </span>
        <span className="result-what">
          <Avatar user={author.user} name={author.name} image={author.image} size={32} />
          <span>
            <strong>{author.name}</strong>
            {author.isApp ? <span className="badge">APP</span> : null}
            {isReply(one.message) ? <small className="result-thread">in a thread</small> : null}
            <Excerpt message={one.message} words={marked} />
          </span>
        </span>
      </button>
    </li>
  );
}

const Tips = () => (
  <div className="search-tips">
    <p>Every word must be in the message. Filters can be typed as well:</p>
    <dl>
      {[
        ["from:@ana", "what one person said"],
        ["in:#help", "in one channel"],
        ["has:link", "with a link; also file and reaction"],
        ["after:2026-11-01", "since that day; also before:"],
      ].map(([code, words]) => (
        <div key={code}>
          <dt>
            <code>{code}</code>
          </dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
    <p>
      <kbd>↓</kbd> <kbd>↑</kbd> choose, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> closes.
    </p>
  </div>
);
