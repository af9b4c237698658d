// The bar above the timeline while it shows the rows of one message or one window only, and the way into it:
// "Inspect" on messages and on windows of the app.
import { useHost, useBench } from "./bench.js";
import { changeDoor, inspect, useDoor } from "./door.js";
import { Sign } from "./signs.jsx";
import { timeOf } from "./times.js";

export function AboutBar({ about }) {
  const { names } = useBench();
  const { zone, jump } = useHost();
  const isMessage = Boolean(about.ts);
  return (
    <div className="ws-aboutbar" data-testid="ws-about">
      <Sign name="target" size={16} />
      {isMessage ? (
        <button type="button" className="ws-about-what" title="Go to the message" onClick={() => jump(about)}>
          <b>{names.channel(about.channel)}</b>
          <span>{about.words || `message of ${timeOf(new Date(Number(about.ts) * 1000), zone)}`}</span>
        </button>
      ) : (
        <span className="ws-about-what">
          <b>Window</b>
          <span>{about.title || about.view}</span>
        </span>
      )}
      {isMessage ? (
        <button
          type="button"
          className="ws-toggle"
          aria-pressed={Boolean(about.isWhole)}
          data-testid="ws-whole-thread"
          onClick={() => changeDoor({ about: wholeThread(about) })}
        >
          Whole thread
        </button>
      ) : null}
      <button
        type="button"
        className="ws-icon"
        title="Show everything again"
        aria-label="Show everything again"
        data-testid="ws-show-all"
        onClick={() => changeDoor({ about: null })}
      >
        <Sign name="close" />
      </button>
    </div>
  );
}

// A thread is asked for by its root, and left again to the message it was opened from.
function wholeThread(about) {
  if (about.isWhole) return { ...about, isWhole: false, ts: about.from ?? about.ts };
  return { ...about, isWhole: true, from: about.ts, ts: about.thread_ts ?? about.ts };
}

// While a window of the app is open, one press leads to what made it.
export function OpenViews() {
  const { views } = useHost();
  const top = views[views.length - 1];
  if (!top) return null;
  return (
    <button
      type="button"
      className="ws-aboutbar ws-offer"
      data-testid="ws-inspect-view"
      onClick={() => inspect(aboutView(top))}
    >
      <Sign name="target" size={16} />
      <span>
        Only what made the window <b>{top.title?.text ?? top.callback_id ?? top.id}</b>
      </span>
    </button>
  );
}

const aboutView = (view) => ({ view: view.id, title: view.title?.text ?? view.callback_id });

const WORDS = 80;

// The entry of a message's menu.
export const inspectItem = (channel, message) => ({
  label: "Inspect",
  hint: "what made it",
  onPick: () =>
    inspect({ channel, ts: message.ts, thread_ts: message.thread_ts, words: (message.text ?? "").slice(0, WORDS) }),
  marks: { "data-testid": "inspect-message" },
});

// The button in the head of an app's window.
export function InspectView({ view }) {
  return (
    <button
      type="button"
      className="plain-button"
      title="Inspect: which calls and deliveries made this window"
      aria-label="Inspect"
      data-testid="inspect-view"
      onClick={() => inspect(aboutView(view))}
    >
      <Sign name="target" size={20} />
    </button>
  );
}

// The entry at the left edge of the window. The dot says that something set here still goes wrong on purpose.
export function WorkshopButton({ className = "rail-button", label = "Workshop", testid = "open-workshop" }) {
  const { isOpen, hasFaults } = useDoor();
  return (
    <button
      type="button"
      className={isOpen ? `${className} here` : className}
      title="Workshop: traffic, faults, clock, recordings (Ctrl+.)"
      aria-pressed={isOpen}
      aria-label="Workshop"
      data-testid={testid}
      onClick={() => changeDoor({ isOpen: !isOpen })}
    >
      <span>
        <Sign name="wrench" size={20} />
        {hasFaults ? <i className="ws-rail-dot" /> : null}
      </span>
      {label}
    </button>
  );
}
