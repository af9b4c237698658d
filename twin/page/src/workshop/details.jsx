// Everything about one line: what was sent, what was answered, each attempt with its reason, and what to be warned of.
import { useState } from "react";
import { useBench, useHost, useOnBench } from "./bench.js";
import { curlOf, jsonOf } from "./curl.js";
import { inspect } from "./door.js";
import { fullness, read, span, toneOfAttempt } from "./reading.js";
import { Sign } from "./signs.jsx";
import { timeOf } from "./times.js";
import { Tree } from "./tree.jsx";

const KINDS = {
  call: "App → Slack, Web API call",
  event: "Slack → app, event",
  click: "Slack → app, interaction",
  command: "Slack → app, slash command",
};
const DEEP = 12;

export function Details({ row }) {
  const bench = useBench();
  const { zone } = useHost();
  const reading = read(row);
  const { channel, user, tone, state, ms, warnings } = reading;
  const facts = [
    KINDS[reading.kind],
    bench.names.channel(channel),
    bench.names.user(user),
    timeOf(new Date(row.at), zone),
    span(ms),
  ];
  return (
    <article className="ws-details" data-testid="ws-details" data-n={row.n}>
      <header>
        <div className="ws-details-title">
          <h3>
            {reading.name} <span className={`ws-chip ${tone}`}>{state}</span>
          </h3>
          <button
            type="button"
            className="ws-icon"
            title="Close (Esc)"
            aria-label="Close the details"
            data-testid="ws-details-close"
            onClick={() => bench.select(null)}
          >
            <Sign name="close" />
          </button>
        </div>
        <p className="ws-facts">{facts.filter(Boolean).join(" · ")}</p>
        <Deeds row={row} reading={reading} />
      </header>
      <div className="ws-details-body">
        {warnings.length ? (
          <ul className="ws-warnings">
            {warnings.map((text) => (
              <li key={text}>
                <Sign name="warn" size={15} /> {text}
              </li>
            ))}
          </ul>
        ) : null}
        {row.way === "call" ? (
          <>
            <Part title="Arguments" value={row.args} row={row} />
            <Part title="Answer" value={row.response} row={row} aside={row.status ? `HTTP ${row.status}` : ""} />
          </>
        ) : (
          <>
            <Attempts attempts={row.attempts ?? []} />
            <Part title="Payload" value={row.payload} row={row} aside={row.kind} />
          </>
        )}
      </div>
    </article>
  );
}

function Deeds({ row, reading }) {
  const bench = useBench();
  const { jump } = useHost();
  const requestUrl = useOnBench((s) => s.state?.request_url);
  const { place, view } = reading;
  const command = curlOf(row, requestUrl);
  const copy = async (what, text) => {
    try {
      await navigator.clipboard.writeText(text);
      bench.say(`${what} copied.`, "ok");
    } catch {
      bench.say("The browser does not let this page write to the clipboard.");
    }
  };
  return (
    <div className="ws-deeds">
      {place ? (
        <button type="button" className="ws-button" data-testid="ws-jump" onClick={() => jump(place)}>
          <Sign name="jump" size={15} /> Go to message
        </button>
      ) : null}
      {place || view ? (
        <button
          type="button"
          className="ws-button"
          data-testid="ws-only-this"
          onClick={() => inspect(place ?? view)}
        >
          <Sign name="target" size={15} /> {place ? "Only this message" : "Only this window"}
        </button>
      ) : null}
      <button
        type="button"
        className="ws-button"
        data-testid="ws-copy-json"
        onClick={() => copy("JSON", jsonOf(row))}
      >
        <Sign name="copy" size={15} /> JSON
      </button>
      {command ? (
        <button
          type="button"
          className="ws-button"
          title={
            row.way === "call"
              ? "The same call again; the token is read from $SLACK_BOT_TOKEN"
              : "The same delivery over HTTP, signed with $SLACK_SIGNING_SECRET"
          }
          data-testid="ws-copy-curl"
          onClick={() => copy("Command", command)}
        >
          <Sign name="copy" size={15} /> curl
        </button>
      ) : null}
    </div>
  );
}

// Unfolding all or folding all begins the tree anew at another depth.
function Part({ title, value, row, aside }) {
  const { names } = useBench();
  const { zone } = useHost();
  const [depth, setDepth] = useState(1);
  const isEmpty = value == null || (typeof value === "object" && !Object.keys(value).length);
  return (
    <section className="ws-part">
      <h4>
        {title}
        {aside ? <small>{aside}</small> : null}
        {isEmpty ? null : (
          <span>
            <button type="button" onClick={() => setDepth(DEEP)}>
              unfold
            </button>
            <button type="button" onClick={() => setDepth(0)}>
              fold
            </button>
          </span>
        )}
      </h4>
      {isEmpty ? (
        <p className="ws-none">nothing</p>
      ) : (
        <Tree key={`${row.n} ${depth}`} value={value} depth={depth} names={names} zone={zone} />
      )}
    </section>
  );
}

function Attempts({ attempts }) {
  const { names } = useBench();
  const { zone } = useHost();
  return (
    <section className="ws-part">
      <h4>{attempts.length === 1 ? "Attempt" : `${attempts.length} attempts`}</h4>
      <ol className="ws-attempts">
        {attempts.map((one, i) => {
          const tone = toneOfAttempt(one);
          return (
            <li key={i} className={tone}>
              <span className="ws-attempt">
                <i className={`ws-dot ${tone}`} />
                <time>{timeOf(new Date(one.at), zone)}</time>
                <b>{(one.outcome ?? "waiting").replaceAll("_", " ")}</b>
                {one.status ? <span>HTTP {one.status}</span> : null}
                {one.reason ? <span>again because: {one.reason.replaceAll("_", " ")}</span> : null}
                <span className="ws-bar">
                  {one.ms == null ? null : <i style={{ width: `${fullness(one.ms) * 100}%` }} />}
                </span>
                <span className="ws-ms">{span(one.ms)}</span>
              </span>
              {one.answer ? (
                <div className="ws-answer">
                  <small>The app answered</small>
                  <Tree value={one.answer} names={names} zone={zone} />
                </div>
              ) : null}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

