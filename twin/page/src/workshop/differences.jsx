// What the app did otherwise than on the recording, one entry each: other words, a call that is missing, one more, a
// deed that worked and is refused now.
import { useBench, useHost } from "./bench.js";
import { Tree } from "./tree.jsx";

const KINDS = {
  changed: ["changed", "warn"],
  missing: ["missing", "bad"],
  extra: ["new", "ok"],
  deed: ["deed", "warn"],
};

export function Differences({ result }) {
  const { names } = useBench();
  const { zone } = useHost();
  const { replayed, differences = [] } = result;
  return (
    <section className="ws-card" data-testid="ws-differences">
      <h3>
        {differences.length
          ? `${differences.length} ${differences.length === 1 ? "difference" : "differences"}`
          : "No difference"}
        <small>
          {replayed} {replayed === 1 ? "deed" : "deeds"} done again
        </small>
      </h3>
      {differences.length ? (
        <ol className="ws-differences">
          {differences.map((one, i) => (
            <li key={i}>
              <Difference one={one} names={names} zone={zone} />
            </li>
          ))}
        </ol>
      ) : (
        <p>The app did the same as on the recording.</p>
      )}
    </section>
  );
}

function Difference({ one, names, zone }) {
  if (typeof one === "string") return <p>{one}</p>;
  const { kind, method, where, path, before, after, say, args } = one;
  const [label, tone] = KINDS[kind] ?? [kind, "warn"];
  const isDeed = kind === "deed";
  const changes = one.changes ?? (before !== undefined || after !== undefined ? [{ path, before, after }] : []);
  return (
    <>
      <p title={say}>
        <span className={`ws-chip ${tone}`}>{label}</span>
        <b>{isDeed ? path : method}</b>
        {where ? <span>in {where}</span> : null}
      </p>
      {changes.map((change, i) => (
        <div key={i} className="ws-change">
          {change.path && !isDeed ? <code>{change.path}</code> : null}
          <span className="was">{brief(change.before)}</span>
          <span className="is">{brief(change.after)}</span>
        </div>
      ))}
      {args && kind !== "changed" ? <Tree value={{ arguments: args }} depth={0} names={names} zone={zone} /> : null}
      {!changes.length && !args ? <p>{say}</p> : null}
    </>
  );
}

const brief = (value) => {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
};
