// Every call of the app and every delivery to it, newest at the bottom, one line each. The list follows what happens
// until one scrolls up; only the lines in sight are drawn, so twenty thousand are as quick as twenty.
import { useCallback, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useBench, useHost, useOnBench } from "./bench.js";
import { AboutBar, OpenViews } from "./about.jsx";
import { Details } from "./details.jsx";
import { wanted } from "./filter.js";
import { Line } from "./line.jsx";
import { isTrouble, read } from "./reading.js";
import { Sign } from "./signs.jsx";
import { Toolbar } from "./toolbar.jsx";

const WIDE_LINE = 28;
const NARROW_LINE = 46;
const NARROW = 620;
const SPARE = 8;
const NEAR_THE_END = 24;

export function Timeline({ about }) {
  const bench = useBench();
  const rows = useRows(about);
  const selected = useOnBench((s) => s.selected);
  const row = selected == null ? undefined : bench.find(selected);
  return (
    <section className="ws-traffic">
      <div className="ws-stack">
        <div className="ws-timeline">
          <Toolbar count={rows.length} />
          {about ? <AboutBar about={about} /> : <OpenViews />}
          <Lines rows={rows} isAbout={Boolean(about)} />
        </div>
        {row ? <Details row={row} /> : null}
      </div>
    </section>
  );
}

// The rows that are to be seen: of one message or of all, since the last clearing, as far as the pause, and filtered.
function useRows(about) {
  const bench = useBench();
  const all = useOnBench((s) => s.rows);
  const aboutRows = useOnBench((s) => s.aboutRows);
  const text = useDeferredValue(useOnBench((s) => s.text));
  const kind = useOnBench((s) => s.kind);
  const onlyTrouble = useOnBench((s) => s.onlyTrouble);
  const pausedAt = useOnBench((s) => s.pausedAt);
  const clearedAt = useOnBench((s) => s.clearedAt);
  return useMemo(() => {
    let rows = about ? (aboutRows ?? []) : all;
    if (!about && (clearedAt || pausedAt != null)) {
      rows = rows.filter((row) => row.n > clearedAt && (pausedAt == null || row.n <= pausedAt));
    }
    if (kind !== "all") rows = rows.filter((row) => (kind === "call") === (row.way === "call"));
    if (onlyTrouble) rows = rows.filter(isTrouble);
    const fits = wanted(text, bench.names);
    return fits ? rows.filter(fits) : rows;
  }, [about, aboutRows, all, text, kind, onlyTrouble, pausedAt, clearedAt, bench]);
}

function Lines({ rows, isAbout }) {
  const bench = useBench();
  const { zone, jump } = useHost();
  const selected = useOnBench((s) => s.selected);
  const box = useRef(null);
  const isFollowing = useRef(true);
  const anchor = useRef(null);
  const [seen, setSeen] = useState({ top: 0, height: 0, width: 0 });
  const isNarrow = seen.width > 0 && seen.width < NARROW;
  const tall = isNarrow ? NARROW_LINE : WIDE_LINE;

  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => {
      const { clientHeight: height, clientWidth: width } = box.current;
      setSeen((old) => (old.height === height && old.width === width ? old : { ...old, height, width }));
    });
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);

  // New lines must not move what one reads: the end stays in sight, or else the first line in sight where it is.
  useLayoutEffect(() => {
    const list = box.current;
    if (isFollowing.current) list.scrollTop = list.scrollHeight;
    else if (anchor.current) {
      const place = firstFrom(rows, anchor.current.n);
      list.scrollTop = place * tall + anchor.current.rest;
    }
    setSeen((old) => (old.top === list.scrollTop ? old : { ...old, top: list.scrollTop }));
  }, [rows, tall, seen.height]);

  // Somebody who looks at one line is not taken away from it.
  const settle = (isAtEnd) => {
    const list = box.current;
    isFollowing.current = isAtEnd && selected == null;
    const first = Math.floor(list.scrollTop / tall);
    anchor.current = rows[first] ? { n: rows[first].n, rest: list.scrollTop - first * tall } : null;
  };
  const isNearEnd = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  };
  const scrolled = () => {
    const list = box.current;
    settle(isNearEnd());
    setSeen((old) => (old.top === list.scrollTop ? old : { ...old, top: list.scrollTop }));
  };

  const choose = useCallback((n) => bench.select(n), [bench]);
  const show = (place) => {
    const list = box.current;
    const top = place * tall;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + tall > list.scrollTop + list.clientHeight) list.scrollTop = top + tall - list.clientHeight;
  };
  useEffect(() => {
    settle(isNearEnd());
    if (selected == null) return;
    const place = rows.findIndex((row) => row.n === selected);
    if (place >= 0) show(place);
    // Opening the details makes the list smaller; the chosen line must stay in sight then, too.
  }, [selected, seen.height]);

  const keys = (event) => {
    const at = rows.findIndex((row) => row.n === selected);
    const page = Math.max(1, Math.floor(seen.height / tall) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    if (steps[event.key] && rows.length) {
      event.preventDefault();
      const from = at < 0 ? (steps[event.key] > 0 ? -1 : rows.length) : at;
      choose(rows[Math.max(0, Math.min(rows.length - 1, from + steps[event.key]))].n);
    } else if (event.key === "Enter" && at >= 0 && read(rows[at]).place) {
      event.preventDefault();
      jump(read(rows[at]).place);
    } else if (event.key === "Escape" && selected != null) {
      event.preventDefault();
      choose(null);
    }
  };

  const first = Math.max(0, Math.floor(seen.top / tall) - SPARE);
  const last = Math.min(rows.length, Math.ceil((seen.top + seen.height) / tall) + SPARE);
  const isAtEnd = seen.top + seen.height >= rows.length * tall - NEAR_THE_END;
  return (
    <div className="ws-lines-wrap">
      <div
        ref={box}
        className={isNarrow ? "ws-lines narrow" : "ws-lines"}
        role="listbox"
        tabIndex={0}
        aria-label="Traffic"
        aria-activedescendant={selected == null ? undefined : `ws-line-${selected}`}
        data-testid="ws-lines"
        onScroll={scrolled}
        onKeyDown={keys}
      >
        {rows.length ? (
          <div className="ws-lines-all" style={{ height: rows.length * tall }}>
            <div style={{ transform: `translateY(${first * tall}px)` }}>
              {rows.slice(first, last).map((row) => (
                <Line
                  key={row.n}
                  row={row}
                  names={bench.names}
                  zone={zone}
                  isNarrow={isNarrow}
                  isSelected={row.n === selected}
                  onChoose={choose}
                  onJump={jump}
                />
              ))}
            </div>
          </div>
        ) : (
          <Empty isAbout={isAbout} />
        )}
      </div>
      {rows.length && !isAtEnd ? (
        <button
          type="button"
          className="ws-newest"
          data-testid="ws-newest"
          onClick={() => (box.current.scrollTop = box.current.scrollHeight)}
        >
          <Sign name="down" size={15} /> Newest
        </button>
      ) : null}
    </div>
  );
}

function Empty({ isAbout }) {
  const isFiltered = useOnBench((s) => Boolean(s.text || s.onlyTrouble || s.kind !== "all"));
  const has = useOnBench((s) => s.rows.length > 0);
  return (
    <p className="ws-empty">
      {isFiltered
        ? "Nothing fits this filter."
        : isAbout
          ? "No call and no delivery was about this."
          : has
            ? "Cleared. What happens next appears here."
            : "Nothing has happened yet. Calls of the app and deliveries to it appear here."}
    </p>
  );
}

function firstFrom(rows, n) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].n < n) low = middle + 1;
    else high = middle;
  }
  return low;
}
