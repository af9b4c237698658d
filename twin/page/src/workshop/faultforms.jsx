// Two sentences to complete: which call, or which delivery, goes wrong how often. Pressing how it goes wrong sets it.
import { useId, useState } from "react";
import { useBench } from "./bench.js";
import { DELIVERY_FAULTS, ERRORS, EVENTS, FAULTS, METHODS } from "./sentences.js";

const TIMES = [
  ["1", "once"],
  ["2", "2 times"],
  ["3", "3 times"],
  ["10", "10 times"],
  ["0", "until cleared"],
];

export function CallFault() {
  const bench = useBench();
  const [method, setMethod] = useState("*");
  const [channel, setChannel] = useState("");
  const [times, setTimes] = useState("1");
  const [values, setValues] = useState({ retry_after: "5", error: "internal_error", seconds: "3" });
  const channels = bench.names.channels();
  const add = ({ kind, asks }) => {
    const value = asks && (asks === "error" ? values.error : Number(values[asks]) || 1);
    bench.tell("faults", {
      method: method.trim() || "*",
      kind,
      times: Number(times),
      ...(channel ? { channel } : {}),
      ...(asks ? { [asks]: value } : {}),
    });
  };
  return (
    <section className="ws-card">
      <h3>A call goes wrong</h3>
      <div className="ws-sentence">
        <Suggest label="Method" value={method} set={setMethod} options={METHODS} any="any method" testid="ws-method" />
        <span>in</span>
        <select
          aria-label="Channel"
          value={channel}
          data-testid="ws-channel"
          onChange={(event) => setChannel(event.target.value)}
        >
          <option value="">any channel</option>
          {channels.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <Times value={times} set={setTimes} testid="ws-times" />
      </div>
      <Kinds
        kinds={FAULTS}
        add={add}
        values={values}
        set={(patch) => setValues({ ...values, ...patch })}
        testid="ws-add"
      />
    </section>
  );
}

export function DeliveryFault() {
  const bench = useBench();
  const [event, setEvent] = useState("*");
  const [times, setTimes] = useState("1");
  const [values, setValues] = useState({ seconds: "10" });
  const add = ({ kind, asks }) =>
    bench.tell("deliveries", {
      event: event.trim() || "*",
      kind,
      times: Number(times),
      ...(asks ? { seconds: Number(values.seconds) || 1 } : {}),
    });
  return (
    <section className="ws-card">
      <h3>A delivery goes wrong</h3>
      <div className="ws-sentence">
        <Suggest label="Event" value={event} set={setEvent} options={EVENTS} any="any event" testid="ws-event" />
        <Times value={times} set={setTimes} testid="ws-event-times" />
      </div>
      <Kinds
        kinds={DELIVERY_FAULTS}
        add={add}
        values={values}
        set={(patch) => setValues({ ...values, ...patch })}
        testid="ws-deliver"
      />
    </section>
  );
}

// A field with suggestions; empty means any.
function Suggest({ label, value, set, options, any, testid }) {
  const id = useId();
  return (
    <>
      <input
        aria-label={label}
        list={id}
        placeholder={any}
        value={value === "*" ? "" : value}
        data-testid={testid}
        onChange={(event) => set(event.target.value || "*")}
      />
      <datalist id={id}>
        {options.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}

function Times({ value, set, testid }) {
  return (
    <select aria-label="How often" value={value} data-testid={testid} onChange={(event) => set(event.target.value)}>
      {TIMES.map(([number, label]) => (
        <option key={number} value={number}>
          {label}
        </option>
      ))}
    </select>
  );
}

const VALUES = { retry_after: "wait, s", seconds: "s" };

// One button for each way to go wrong; a value it needs stands beside it.
function Kinds({ kinds, add, values, set, testid }) {
  const id = useId();
  return (
    <div className="ws-kinds">
      {kinds.map((one) => (
        <span key={one.kind} className="ws-kind">
          <button type="button" title={one.hint} data-testid={`${testid}-${one.kind}`} onClick={() => add(one)}>
            {one.label}
          </button>
          {one.asks === "error" ? (
            <input
              aria-label="Error code"
              className="ws-code"
              list={id}
              value={values.error}
              data-testid={`${testid}-code`}
              onChange={(event) => set({ error: event.target.value })}
            />
          ) : one.asks ? (
            <label>
              <input
                aria-label={`${one.label}: seconds`}
                inputMode="decimal"
                value={values[one.asks]}
                onChange={(event) => set({ [one.asks]: event.target.value })}
              />
              {VALUES[one.asks]}
            </label>
          ) : null}
        </span>
      ))}
      <datalist id={id}>
        {ERRORS.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </div>
  );
}
