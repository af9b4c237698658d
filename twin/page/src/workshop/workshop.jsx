// The workshop beside the workspace, for whoever builds an app: what passes between it and Slack, things that go
// wrong on purpose, the time, recordings. Ctrl+. opens and closes it; it can stand at the right, at the bottom, or
// in a window of its own at /?workshop=1. Browsers keep Ctrl+Shift+I for themselves.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { linkTo } from "../place.js";
import { usePerson, useStore } from "../store.js";
import { applyTheme, useTheme } from "../theme.js";
import { Bench, createBench } from "./bench.js";
import { changeDoor, toggleDoor, useDoor } from "./door.js";
import { Room } from "./room.jsx";
import "./workshop.css";
import "./controls.css";
import "./timeline.css";
import "./details.css";
import "./panels.css";

const GO = "twin-go";
const LEAST = { width: 340, height: 180 };
const LEFT_FOR_THE_PAGE = 320;
const STEP = 32;

export const isWorkshopPage = () => new URLSearchParams(location.search).has("workshop");

// In the workspace's window: nothing until it is opened.
export function Workshop() {
  const door = useDoor();
  const person = usePerson();
  const [bench] = useState(createBench);

  useEffect(() => {
    const key = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== ".") return;
      event.preventDefault();
      toggleDoor();
    };
    const asked = (event) => {
      if (event.origin === location.origin && event.data?.type === GO) person.go(event.data.place);
    };
    addEventListener("keydown", key);
    addEventListener("message", asked);
    return () => {
      removeEventListener("keydown", key);
      removeEventListener("message", asked);
    };
  }, [person]);

  useEffect(() => {
    if (door.isOpen) bench.start();
    else bench.stop();
    return () => bench.stop();
  }, [bench, door.isOpen]);

  return door.isOpen ? <Drawer bench={bench} door={door} /> : null;
}

function Drawer({ bench, door }) {
  const person = usePerson();
  const users = useStore((s) => s.users);
  const channels = useStore((s) => s.channels);
  const app = useStore((s) => s.app);
  const zone = useStore((s) => s.me.tz);
  const views = useStore((s) => s.views);
  const { dock, width, height, about } = door;

  useEffect(() => bench.names.know({ users: Object.values(users), channels, app }), [bench, users, channels, app]);
  useRoomFor(dock, dock === "right" ? width : height);

  const jump = useCallback(
    (place) => {
      const isReply = place.thread_ts && place.thread_ts !== place.ts;
      person.go({ channel: place.channel, thread: isReply ? place.thread_ts : null, message: place.ts });
      if (matchMedia("(max-width: 760px)").matches) changeDoor({ isOpen: false });
    },
    [person],
  );
  const host = useMemo(() => ({ jump, zone, views, isPage: false }), [jump, zone, views]);
  return (
    <Bench.Provider value={useMemo(() => ({ bench, host }), [bench, host])}>
      <aside
        className={`ws ws-${dock}`}
        aria-label="Workshop"
        data-testid="workshop"
        style={dock === "right" ? { width } : { height }}
        onKeyDown={keepKeys}
      >
        <Edge dock={dock} size={dock === "right" ? width : height} />
        <Room door={door} about={about} />
      </aside>
    </Bench.Provider>
  );
}

// What is typed in the workshop is not meant for the workspace, except what opens and closes things everywhere.
function keepKeys(event) {
  if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
}

// The workspace's window gives way, its modals too, so that nothing is covered.
function useRoomFor(dock, size) {
  useEffect(() => {
    const root = document.documentElement;
    root.dataset.workshop = dock;
    root.style.setProperty("--workshop", `${size}px`);
    return () => {
      delete root.dataset.workshop;
      root.style.removeProperty("--workshop");
    };
  }, [dock, size]);
}

// The edge one drags, or moves with the arrow keys.
function Edge({ dock, size }) {
  const held = useRef(null);
  const isRight = dock === "right";
  const name = isRight ? "width" : "height";
  const set = (wanted) => {
    const most = (isRight ? innerWidth : innerHeight) - LEFT_FOR_THE_PAGE;
    changeDoor({ [name]: Math.round(Math.max(LEAST[name], Math.min(wanted, most))) });
  };
  const at = (event) => (isRight ? event.clientX : event.clientY);
  const key = (event) => {
    const step = { ArrowLeft: STEP, ArrowUp: STEP, ArrowRight: -STEP, ArrowDown: -STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    set(size + step);
  };
  return (
    <div
      className="ws-edge"
      role="separator"
      tabIndex={0}
      aria-label="Size of the workshop"
      aria-orientation={isRight ? "vertical" : "horizontal"}
      aria-valuenow={size}
      data-testid="workshop-edge"
      onKeyDown={key}
      onPointerDown={(event) => {
        held.current = { from: at(event), size };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => held.current && set(held.current.size + held.current.from - at(event))}
      onPointerUp={() => (held.current = null)}
      onPointerCancel={() => (held.current = null)}
    />
  );
}

// Alone in a window: everything at once, without acting as anybody.
export function WorkshopPage() {
  const door = useDoor();
  const { isDark } = useTheme();
  const [bench] = useState(createBench);
  useEffect(applyTheme, [isDark]);
  useEffect(() => {
    document.title = "Workshop";
    bench.start();
    fetch("/twin/state")
      .then((response) => response.json())
      .then((state) => {
        bench.names.know(state);
        if (state.workspace) document.title = `Workshop · ${state.workspace.name}`;
      })
      .catch((trouble) => bench.say(trouble.message));
    return () => bench.stop();
  }, [bench]);

  const host = useMemo(() => ({ jump: jumpElsewhere, zone: undefined, views: [], isPage: true }), []);
  return (
    <Bench.Provider value={useMemo(() => ({ bench, host }), [bench, host])}>
      <main className="ws ws-page" data-testid="workshop">
        <Room door={door} about={door.about} />
      </main>
    </Bench.Provider>
  );
}

// The window this one came from goes to the message; without one, a new window does.
function jumpElsewhere({ channel, ts, thread_ts }) {
  const thread = thread_ts && thread_ts !== ts ? thread_ts : null;
  if (window.opener && !window.opener.closed) {
    window.opener.postMessage({ type: GO, place: { channel, thread, message: ts } }, location.origin);
    window.opener.focus();
    return;
  }
  window.open(linkTo({ channel, thread, message: ts }), "twin-workspace");
}
