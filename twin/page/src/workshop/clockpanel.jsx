// The twin's time in large digits, running or frozen, and the buttons that let it pass: reminders, deadlines and
// morning summaries come when this clock says so.
import { useEffect, useState } from "react";
import { useBench, useHost, useOnBench } from "./bench.js";
import { dayOf, fieldOf, lengthOf, momentOf, nextAt, timeOf, zoneOf } from "./times.js";

const STEPS = [
  ["+1 min", 60],
  ["+5 min", 300],
  ["+1 h", 3600],
  ["+1 day", 86400],
];
const MORNING = 9;
const TICK = 250;
const NOTICEABLE = 2;

// The twin's time now. Between two answers of the twin a running clock is carried on here.
export function useTwinTime() {
  const clock = useOnBench((s) => s.state?.clock);
  const heardAt = useOnBench((s) => s.heardAt);
  const [, tick] = useState(0);
  const isRunning = clock?.is_running;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => tick((n) => n + 1), TICK);
    return () => clearInterval(timer);
  }, [isRunning]);
  if (!clock) return null;
  const since = isRunning ? Math.max(0, Date.now() - heardAt) : 0;
  return new Date(new Date(clock.now).getTime() + since);
}

export function ClockPanel() {
  const bench = useBench();
  const { zone } = useHost();
  const clock = useOnBench((s) => s.state?.clock);
  const now = useTwinTime();
  if (!clock || !now) return <div className="ws-panel" data-testid="ws-clock" />;
  const { is_running: isRunning, ahead_s: ahead, can_step: canStep = true } = clock;
  const turn = (body) => bench.tell("clock", body);
  return (
    <div className="ws-panel" data-testid="ws-clock">
      <div className="ws-cards">
        <section className="ws-card ws-face">
          <p className={isRunning ? "ws-digits" : "ws-digits frozen"} data-testid="ws-digits">
            {timeOf(now, zone, { hasMillis: false })}
          </p>
          <p className="ws-day">{dayOf(now, zone)}</p>
          <p className="ws-faint">
            {zoneOf(zone)}
            {canStep ? ` · ${isRunning ? "running" : "frozen"} · ${offsetWords(ahead)}` : ""}
          </p>
          {canStep ? null : <p className="ws-faint">Whoever started this twin brought a clock and moves it alone.</p>}
        </section>
        <section className="ws-card">
          <h3>Let time pass</h3>
          <div className="ws-steps">
            {STEPS.map(([label, seconds]) => (
              <button
                key={label}
                type="button"
                className="ws-button tall"
                disabled={!canStep}
                data-testid={`ws-advance-${seconds}`}
                onClick={() => turn({ advance_s: seconds })}
              >
                {label}
              </button>
            ))}
            <button
              type="button"
              className="ws-button tall"
              disabled={!canStep}
              data-testid="ws-morning"
              onClick={() => turn({ to: nextAt(MORNING, now, zoneOf(zone)).toISOString() })}
            >
              To next morning, 9:00
            </button>
          </div>
          <GoTo now={now} zone={zone} turn={turn} canStep={canStep} />
        </section>
        <section className="ws-card ws-row">
          <div>
            <h3>{isRunning ? "The clock runs" : "The clock stands still"}</h3>
            <p>
              {isRunning
                ? "Frozen, it moves only when you say so."
                : "Nothing becomes due until it is moved or runs again."}
            </p>
          </div>
          <button
            type="button"
            className={isRunning ? "ws-button tall" : "ws-button tall primary"}
            disabled={!canStep}
            data-testid="ws-freeze"
            onClick={() => turn({ running: !isRunning })}
          >
            {isRunning ? "Freeze" : "Run"}
          </button>
        </section>
      </div>
    </div>
  );
}

const offsetWords = (ahead) =>
  Math.abs(ahead) < NOTICEABLE
    ? "this machine’s time"
    : `${lengthOf(ahead)} ${ahead > 0 ? "ahead of" : "behind"} this machine`;

function GoTo({ now, zone, turn, canStep }) {
  const [value, setValue] = useState("");
  const go = (event) => {
    event.preventDefault();
    const [year, month, day, hour, minute] = value.split(/\D/).map(Number);
    turn({ to: momentOf(zoneOf(zone), year, month, day, hour, minute).toISOString() });
  };
  return (
    <form className="ws-sentence" onSubmit={go}>
      <input
        type="datetime-local"
        aria-label="Day and time to go to"
        value={value || fieldOf(now, zone)}
        data-testid="ws-goto"
        onChange={(event) => setValue(event.target.value)}
      />
      <button type="submit" className="ws-button" disabled={!value || !canStep}>
        Go there
      </button>
    </form>
  );
}
