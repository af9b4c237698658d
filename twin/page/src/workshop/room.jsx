// The workshop's inside: tabs at the top with the state of the twin beside them, and below what the chosen tab shows.
// In a wide window of its own the timeline stays on the left, and the other panels stand on the right.
import { useEffect, useState, useSyncExternalStore } from "react";
import { useBench, useHost, useOnBench } from "./bench.js";
import { changeDoor } from "./door.js";
import { ClockPanel, useTwinTime } from "./clockpanel.jsx";
import { FaultsPanel } from "./faultspanel.jsx";
import { RecordPanel } from "./recordpanel.jsx";
import { isUsedUp } from "./sentences.js";
import { Sign } from "./signs.jsx";
import { Timeline } from "./timeline.jsx";
import { timeOf } from "./times.js";

const TABS = [
  ["traffic", "Traffic", "pulse"],
  ["faults", "Faults", "bolt"],
  ["clock", "Clock", "clock"],
  ["record", "Record", "tape"],
];
const PANELS = { faults: FaultsPanel, clock: ClockPanel, record: RecordPanel };
const ROOMY = "(min-width: 1180px)";

export function Room({ door, about }) {
  const bench = useBench();
  const { isPage } = useHost();
  const isRoomy = useMedia(ROOMY) && isPage;
  const trouble = useOnBench((s) => s.trouble);
  const set = useOnBench((s) => countOfFaults(s.state));
  // Another message asked for is another reason to read, the same one drawn again is not.
  const key = about ? JSON.stringify(about) : "";
  useEffect(() => void bench.look(key ? JSON.parse(key) : null), [bench, key]);
  useEffect(() => changeDoor({ hasFaults: set > 0 }), [set]);

  const tab = isRoomy && door.tab === "traffic" ? "faults" : door.tab;
  const Panel = PANELS[tab];
  const tabs = isRoomy ? TABS.slice(1) : TABS;
  const chooser = (
    <nav className="ws-tabs" role="tablist" aria-label="Workshop">
      {tabs.map(([name, label, sign]) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={tab === name}
          data-testid={`ws-tab-${name}`}
          onClick={() => changeDoor({ tab: name })}
        >
          <Sign name={sign} size={16} />
          <span>{label}</span>
          {name === "faults" && set ? <b className="ws-count">{set}</b> : null}
          {name === "record" ? <RecordingDot /> : null}
        </button>
      ))}
    </nav>
  );
  return (
    <>
      <header className="ws-head">
        <div className="ws-head-row">
          {isRoomy ? <h1 className="ws-title">Traffic</h1> : chooser}
          <Status />
          <Corner door={door} />
        </div>
      </header>
      {trouble ? (
        <p className="ws-trouble" role="status">
          <Sign name="warn" size={16} /> {trouble} Trying again…
        </p>
      ) : null}
      <div className="ws-body">
        {isRoomy || !Panel ? <Timeline about={about} /> : null}
        {isRoomy ? (
          <section className="ws-side">
            {chooser}
            <Panel />
          </section>
        ) : Panel ? (
          <Panel />
        ) : null}
      </div>
      <Notice />
    </>
  );
}

const countOfFaults = (state) =>
  [...(state?.faults ?? []), ...(state?.deliveries ?? [])].filter((one) => !isUsedUp(one)).length;

function RecordingDot() {
  const isOn = useOnBench((s) => s.state?.recording);
  return isOn ? <i className="ws-dot recording" title="Recording" /> : null;
}

// The connection and the time at a glance.
function Status() {
  const state = useOnBench((s) => s.state);
  const { zone } = useHost();
  const now = useTwinTime();
  if (!state) return <span className="ws-status" />;
  const { connections, road, waiting, clock } = state;
  const isUp = connections > 0 || road === "http";
  return (
    <span className="ws-status">
      {waiting ? (
        <span className="ws-long" title="Deliveries on their way, or waiting for the app to connect">
          {waiting} waiting
        </span>
      ) : null}
      <span title={isUp ? "The app is connected" : "No app is connected"} data-testid="ws-connection">
        <i className={isUp ? "ws-dot on" : "ws-dot"} />
        {road === "http" ? "HTTP" : connections}
        {road === "http" ? null : <span className="ws-long"> {connections === 1 ? "connection" : "connections"}</span>}
      </span>
      <button
        type="button"
        className={clock.is_running ? "ws-now" : "ws-now frozen"}
        title={clock.is_running ? "The twin’s time" : "The twin’s time stands still"}
        onClick={() => changeDoor({ tab: "clock" })}
      >
        {now ? timeOf(now, zone, { hasMillis: false }) : ""}
      </button>
    </span>
  );
}

function Corner({ door }) {
  const { isPage } = useHost();
  if (isPage) return null;
  const other = door.dock === "right" ? "bottom" : "right";
  const popOut = () => {
    window.open("/?workshop=1", "twin-workshop", "popup,width=1280,height=860");
    changeDoor({ isOpen: false });
  };
  return (
    <span className="ws-corner">
      <button
        type="button"
        className="ws-icon only-wide"
        title={`Move to the ${other === "right" ? "right" : "bottom"}`}
        aria-label={`Move to the ${other === "right" ? "right" : "bottom"}`}
        data-testid="ws-dock"
        onClick={() => changeDoor({ dock: other })}
      >
        <Sign name={other} />
      </button>
      <button
        type="button"
        className="ws-icon only-wide"
        title="Open in a window of its own"
        aria-label="Open in a window of its own"
        data-testid="ws-window"
        onClick={popOut}
      >
        <Sign name="window" />
      </button>
      <button
        type="button"
        className="ws-icon"
        title="Close (Ctrl+.)"
        aria-label="Close the workshop"
        data-testid="ws-close"
        onClick={() => changeDoor({ isOpen: false })}
      >
        <Sign name="close" />
      </button>
    </span>
  );
}

function Notice() {
  const notice = useOnBench((s) => s.notice);
  return (
    <div className="ws-notices" aria-live="polite">
      {notice ? (
        <p className={`ws-notice ${notice.tone}`} data-testid="ws-notice">
          {notice.text}
        </p>
      ) : null}
    </div>
  );
}

function useMedia(query) {
  const [media] = useState(() => matchMedia(query));
  return useSyncExternalStore(
    (changed) => {
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => media.matches,
  );
}
