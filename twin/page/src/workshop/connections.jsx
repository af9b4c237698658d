// How the app is reached: its open connections, which one can ask to be renewed or simply cut, or its address when
// Slack delivers over HTTP; and what never arrived.
import { useMemo, useState } from "react";
import { useBench, useHost, useOnBench } from "./bench.js";
import { changeDoor } from "./door.js";
import { read } from "./reading.js";
import { timeOf } from "./times.js";

const SHOWN = 20;

export function Connections() {
  const bench = useBench();
  const state = useOnBench((s) => s.state);
  if (!state) return null;
  const { connections, road } = state;
  const isSocket = road !== "http";
  return (
    <>
      <section className="ws-card">
        <h3>The way to the app</h3>
        <div className="ws-row">
          <p className="ws-road">
            <i className={connections || !isSocket ? "ws-dot on" : "ws-dot"} />
            {isSocket
              ? `Socket Mode, ${connections === 1 ? "1 connection" : `${connections} connections`}`
              : `HTTP, ${state.request_url}`}
          </p>
          {isSocket ? (
            <span className="ws-deeds">
              <button
                type="button"
                className="ws-button"
                title="Slack asks the app to connect anew, as it does every few hours"
                data-testid="ws-refresh"
                disabled={!connections}
                onClick={() => bench.tell("connections", { do: "refresh" })}
              >
                Refresh
              </button>
              <button
                type="button"
                className="ws-button"
                title="Close with a goodbye"
                data-testid="ws-close-connections"
                disabled={!connections}
                onClick={() => bench.tell("connections", { do: "close" })}
              >
                Close
              </button>
              <button
                type="button"
                className="ws-button danger"
                title="Break without a word, as a dying network does"
                data-testid="ws-cut"
                disabled={!connections}
                onClick={() => bench.tell("connections", { do: "cut" })}
              >
                Cut
              </button>
            </span>
          ) : null}
        </div>
        <Address key={state.request_url} known={state.request_url} />
      </section>
      <Undelivered count={state.undelivered} />
    </>
  );
}

function Address({ known }) {
  const bench = useBench();
  const [url, setUrl] = useState(known);
  const [isBusy, setBusy] = useState(false);
  const use = async (wanted) => {
    setBusy(true);
    const answer = await bench.tell("request_url", { url: wanted });
    setBusy(false);
    if (answer) bench.say(wanted ? "The app answered the handshake." : "Socket Mode again.", "ok");
  };
  return (
    <form
      className="ws-sentence"
      onSubmit={(event) => {
        event.preventDefault();
        use(url.trim());
      }}
    >
      <input
        className="ws-grow"
        aria-label="Request URL"
        placeholder="http://127.0.0.1:3000/slack/events"
        value={url}
        data-testid="ws-request-url"
        onChange={(event) => setUrl(event.target.value)}
      />
      <button type="submit" className="ws-button" disabled={isBusy || !url.trim() || url === known}>
        Deliver over HTTP
      </button>
      {known ? (
        <button type="button" className="ws-button" disabled={isBusy} onClick={() => use("")}>
          Socket Mode
        </button>
      ) : null}
    </form>
  );
}

// The deliveries that the app never acknowledged, newest first; a press shows one in the timeline.
function Undelivered({ count }) {
  const bench = useBench();
  const { zone } = useHost();
  const rows = useOnBench((s) => s.rows);
  const lost = useMemo(() => rows.filter((row) => row.way === "delivery" && read(row).tone === "bad"), [rows]);
  return (
    <section className="ws-card">
      <h3>
        Never arrived <b className={count ? "ws-count bad" : "ws-count none"}>{count}</b>
      </h3>
      {count ? null : <p>Everything was acknowledged.</p>}
      <ul className="ws-lost">
        {lost
          .slice(-SHOWN)
          .reverse()
          .map((row) => (
            <li key={row.n}>
              <button
                type="button"
                onClick={() => {
                  changeDoor({ tab: "traffic", about: null });
                  bench.select(row.n);
                }}
              >
                <time>{timeOf(new Date(row.at), zone, { hasMillis: false })}</time>
                <b>{row.name}</b>
                <span>{read(row).words}</span>
                <em>{read(row).state}</em>
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}
