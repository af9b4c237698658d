// What stands above the timeline: the filter with its count, calls or deliveries only, problems only, hold and clear.
import { useBench, useOnBench } from "./bench.js";
import { Sign } from "./signs.jsx";

const HELP = `Words that must all occur. Also:
in:#channel  from:ana
method:chat.*  is:call  is:event  is:click  is:command
status:error  status:slow  status:retried  status:429
A minus in front turns one round.`;

const KINDS = [
  ["all", "All"],
  ["call", "Calls"],
  ["delivery", "Deliveries"],
];

export function Toolbar({ count }) {
  const bench = useBench();
  const text = useOnBench((s) => s.text);
  const kind = useOnBench((s) => s.kind);
  const onlyTrouble = useOnBench((s) => s.onlyTrouble);
  const pausedAt = useOnBench((s) => s.pausedAt);
  const missed = useOnBench((s) => (s.pausedAt == null ? 0 : s.rows.filter((row) => row.n > s.pausedAt).length));
  return (
    <div className="ws-toolbar">
      <label className="ws-filter">
        <Sign name="search" size={15} />
        <input
          type="search"
          placeholder="Filter: words, in:#channel, chat.*, status:error"
          aria-label="Filter"
          title={HELP}
          data-testid="ws-filter"
          value={text}
          onChange={(event) => bench.filter({ text: event.target.value })}
        />
        <small data-testid="ws-row-count">{count.toLocaleString("en-US")}</small>
      </label>
      <span className="ws-segments" role="group" aria-label="Kind">
        {KINDS.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={kind === name}
            data-testid={`ws-kind-${name}`}
            onClick={() => bench.filter({ kind: name })}
          >
            {label}
          </button>
        ))}
      </span>
      <button
        type="button"
        className="ws-toggle"
        aria-pressed={onlyTrouble}
        data-testid="ws-problems"
        title="Only what failed, was repeated, was slow or has a warning"
        onClick={() => bench.filter({ onlyTrouble: !onlyTrouble })}
      >
        <Sign name="warn" size={15} /> <span>Problems</span>
      </button>
      <span className="ws-tools">
        <button
          type="button"
          className={pausedAt == null ? "ws-icon" : "ws-icon on"}
          title={pausedAt == null ? "Hold the list" : "Go on"}
          aria-label={pausedAt == null ? "Hold the list" : "Go on"}
          data-testid="ws-pause"
          onClick={bench.pause}
        >
          <Sign name={pausedAt == null ? "pause" : "play"} />
          {missed ? <b className="ws-count">{missed > 999 ? "999+" : missed}</b> : null}
        </button>
        <button
          type="button"
          className="ws-icon"
          title="Clear the list"
          aria-label="Clear the list"
          data-testid="ws-clear"
          onClick={bench.clear}
        >
          <Sign name="clear" />
        </button>
      </span>
    </div>
  );
}
