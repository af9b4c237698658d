// Whole situations in one press: Slack is down, everything is limited, each event comes twice. Pressed again, they
// end. An outage ends by itself after thirty seconds; a page that was closed meanwhile ends it when it opens again.
import { useEffect, useState } from "react";
import { useBench, useOnBench } from "./bench.js";
import { isUsedUp } from "./sentences.js";

const OUTAGE = 30;
const OUTAGE_KEY = "twin-outage-until";

const PRESETS = [
  {
    name: "down",
    label: `Slack is down for ${OUTAGE} s`,
    hint: "Every call fails with HTTP 500, and connections break",
    fault: { method: "*", kind: "http500", times: 0 },
    seconds: OUTAGE,
    cut: true,
  },
  {
    name: "limited",
    label: "Everything rate limited",
    hint: "Every call answers 429 with Retry-After 5",
    fault: { method: "*", kind: "ratelimit", times: 0, retry_after: 5 },
  },
  {
    name: "slow",
    label: "Slack is slow",
    hint: "Every call takes two seconds longer",
    fault: { method: "*", kind: "slow", times: 0, seconds: 2 },
  },
  {
    name: "answer-lost",
    label: "Next answer is lost",
    hint: "The next call is done, but its answer never arrives",
    fault: { method: "*", kind: "drop_answer", times: 1 },
  },
  {
    name: "post-hangs",
    label: "Next post hangs",
    hint: "The next chat.postMessage waits until you release it",
    fault: { method: "chat.postMessage", kind: "hang", times: 1 },
  },
  {
    name: "twice",
    label: "Each event twice",
    hint: "Every delivery comes a second time",
    delivery: { event: "*", kind: "duplicate", times: 0 },
  },
  {
    name: "reordered",
    label: "Messages out of order",
    hint: "Each message is overtaken by the next",
    delivery: { event: "message", kind: "reorder", times: 0 },
  },
  {
    name: "click-lost",
    label: "Next click is lost",
    hint: "The next press of a button never reaches the app",
    delivery: { event: "interactive", kind: "lose", times: 1 },
  },
];

const matches = (one, wanted) =>
  !isUsedUp(one) && !one.channel && Object.entries(wanted).every(([key, value]) => one[key] === value);

export function Presets() {
  const bench = useBench();
  const faults = useOnBench((s) => s.state?.faults) ?? [];
  const deliveries = useOnBench((s) => s.state?.deliveries) ?? [];
  const setOf = ({ fault, delivery }) =>
    fault ? faults.find((one) => matches(one, fault)) : deliveries.find((one) => matches(one, delivery));
  const outage = setOf(PRESETS[0]);
  const left = useOutage(outage);

  const press = async (preset) => {
    const path = preset.fault ? "faults" : "deliveries";
    const already = setOf(preset);
    if (already) {
      await bench.tell(`${path}/clear`, { id: already.id });
      return;
    }
    if (preset.seconds) localStorage.setItem(OUTAGE_KEY, String(Date.now() + preset.seconds * 1000));
    await bench.tell(path, preset.fault ?? preset.delivery);
    if (preset.cut) await bench.tell("connections", { do: "cut" });
  };
  return (
    <section className="ws-card">
      <h3>In one press</h3>
      <div className="ws-presets">
        {PRESETS.map((preset) => {
          const isSet = Boolean(setOf(preset));
          return (
            <button
              key={preset.name}
              type="button"
              className="ws-preset"
              aria-pressed={isSet}
              title={preset.hint}
              data-testid={`ws-preset-${preset.name}`}
              onClick={() => press(preset)}
            >
              {preset.seconds && isSet && left != null ? `Slack is down, ${left} s left` : preset.label}
            </button>
          );
        })}
      </div>
    </section>
  );
}

// Counts the seconds of an outage down, and ends it.
function useOutage(outage) {
  const bench = useBench();
  const [left, setLeft] = useState(null);
  const id = outage?.id;
  useEffect(() => {
    const until = Number(localStorage.getItem(OUTAGE_KEY));
    if (id === undefined || !until) return setLeft(null);
    const look = () => {
      const rest = Math.ceil((until - Date.now()) / 1000);
      setLeft(Math.max(0, rest));
      if (rest > 0) return;
      clearInterval(timer);
      localStorage.removeItem(OUTAGE_KEY);
      bench.tell("faults/clear", { id }, { isQuiet: true });
    };
    const timer = setInterval(look, 500);
    look();
    return () => clearInterval(timer);
  }, [bench, id]);
  return left;
}
