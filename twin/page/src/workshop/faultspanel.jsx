// Things that go wrong on purpose: what is set and how often it was met, whole situations in one press, single faults
// in two, Slack's rate limits, and the connections to the app.
import { useState } from "react";
import { useBench, useOnBench } from "./bench.js";
import { Connections } from "./connections.jsx";
import { CallFault, DeliveryFault } from "./faultforms.jsx";
import { Presets } from "./presets.jsx";
import { countOf, isUsedUp, outcomeOf, subjectOf } from "./sentences.js";
import { Sign } from "./signs.jsx";

export function FaultsPanel() {
  return (
    <div className="ws-panel" data-testid="ws-faults">
      <div className="ws-cards">
        <SetFaults />
        <Presets />
        <CallFault />
        <DeliveryFault />
        <Limits />
        <Connections />
      </div>
    </div>
  );
}

// What is set now, newest last, with its count and a way to take it away.
function SetFaults() {
  const bench = useBench();
  const faults = useOnBench((s) => s.state?.faults) ?? [];
  const deliveries = useOnBench((s) => s.state?.deliveries) ?? [];
  if (!faults.length && !deliveries.length) return null;
  const clearAll = async () => {
    await bench.tell("faults/clear");
    await bench.tell("deliveries/clear");
  };
  return (
    <section className="ws-card ws-set">
      <h3>
        Set now
        <button type="button" className="ws-button" data-testid="ws-clear-faults" onClick={clearAll}>
          Clear all
        </button>
      </h3>
      <ul>
        {faults.map((one) => (
          <SetFault key={`f${one.id}`} one={one} path="faults" />
        ))}
        {deliveries.map((one) => (
          <SetFault key={`d${one.id}`} one={one} path="deliveries" />
        ))}
      </ul>
    </section>
  );
}

function SetFault({ one, path }) {
  const bench = useBench();
  const [isReleased, setReleased] = useState(false);
  const { times, hits } = one;
  const hangs = one.kind === "hang" && hits > 0 && !isReleased;
  const release = async () => {
    if (await bench.tell("faults/release", { id: one.id })) setReleased(true);
  };
  return (
    <li className={isUsedUp(one) && !hangs ? "ws-fault used" : "ws-fault"} data-testid="ws-fault" data-kind={one.kind}>
      <span className={path === "faults" ? "ws-way call" : "ws-way event"}>
        <Sign name={path === "faults" ? "out" : "in"} size={15} />
      </span>
      <span className="ws-fault-words">
        <b>{subjectOf(one)}</b>
        {one.channel ? <span> in {bench.names.channel(one.channel)}</span> : null}
        <span className="ws-fault-outcome">{outcomeOf(one)}</span>
      </span>
      <span className="ws-fault-count" data-testid="ws-hits">
        {hangs ? `${hits} ${hits === 1 ? "call hangs" : "calls hang"}` : countOf(one)}
        {times > 1 ? (
          <span className="ws-progress">
            <i style={{ width: `${Math.min(100, (hits / times) * 100)}%` }} />
          </span>
        ) : null}
      </span>
      {hangs ? (
        <button type="button" className="ws-button primary" data-testid="ws-release" onClick={release}>
          Release
        </button>
      ) : null}
      <button
        type="button"
        className="ws-icon"
        aria-label="Take this away"
        title="Take this away"
        onClick={() => bench.tell(`${path}/clear`, { id: one.id })}
      >
        <Sign name="close" size={15} />
      </button>
    </li>
  );
}

function Limits() {
  const bench = useBench();
  const isOn = useOnBench((s) => Boolean(s.state?.limits));
  return (
    <section className="ws-card ws-row">
      <div>
        <h3>Slack’s rate limits</h3>
        <p>About one message a second in a channel, and each method’s tier a minute.</p>
      </div>
      <button
        type="button"
        role="switch"
        className="ws-switch"
        aria-checked={isOn}
        aria-label="Slack’s rate limits"
        data-testid="ws-limits"
        onClick={() => bench.tell("limits", { enabled: !isOn })}
      >
        <i />
      </button>
    </section>
  );
}
