// A recording of everything that passes: start, stop, keep as a file. A kept file is played again to the app, and what
// the app did differently this time is listed.
import { useRef, useState } from "react";
import { useBench, useOnBench } from "./bench.js";
import { Differences } from "./differences.jsx";
import { Sign } from "./signs.jsx";
import { lengthOf } from "./times.js";

export function RecordPanel() {
  return (
    <div className="ws-panel" data-testid="ws-record">
      <div className="ws-cards">
        <Recorder />
        <Player />
      </div>
    </div>
  );
}

function Recorder() {
  const bench = useBench();
  const isOn = useOnBench((s) => Boolean(s.state?.recording));
  const count = useOnBench((s) => s.state?.recorded ?? 0);
  return (
    <section className="ws-card">
      <div className="ws-row">
        <div>
          <h3>{isOn ? "Recording" : "Recorder"}</h3>
          <p data-testid="ws-recorded">
            {count ? counted(count, "line") : isOn ? "What happens from now on is kept." : "Nothing recorded yet."}
          </p>
        </div>
        <button
          type="button"
          className={isOn ? "ws-recorder on" : "ws-recorder"}
          aria-pressed={isOn}
          aria-label={isOn ? "Stop recording" : "Start recording"}
          title={isOn ? "Stop recording" : "Start recording"}
          data-testid="ws-record-toggle"
          onClick={() => bench.tell("record", { do: isOn ? "stop" : "start" })}
        >
          <i />
        </button>
      </div>
      <div className="ws-deeds">
        <a
          className={count ? "ws-button" : "ws-button disabled"}
          href={count ? "/twin/admin/record" : undefined}
          download="recording.ndjson"
          data-testid="ws-download"
        >
          <Sign name="down" size={15} /> Download
        </a>
        <button
          type="button"
          className="ws-button"
          disabled={!count}
          data-testid="ws-record-clear"
          onClick={() => bench.tell("record", { do: "clear" })}
        >
          Discard
        </button>
      </div>
    </section>
  );
}

function Player() {
  const bench = useBench();
  const input = useRef(null);
  const [tape, setTape] = useState(null);
  const [isPaced, setPaced] = useState(false);
  const [isPlaying, setPlaying] = useState(false);
  const [result, setResult] = useState(null);
  const [isOver, setOver] = useState(false);

  const load = async (file) => {
    if (!file) return;
    setResult(null);
    try {
      setTape({ name: file.name, ...summaryOf(await file.text()) });
    } catch {
      setTape(null);
      bench.say(`${file.name} is not a recording: each of its lines must be JSON.`);
    }
  };
  const play = async () => {
    setPlaying(true);
    setResult(null);
    const answer = await bench.tell(`replay?speed=${isPaced ? 1 : 0}`, tape.text);
    setPlaying(false);
    if (answer) setResult(answer);
  };
  return (
    <>
      <section
        className={isOver ? "ws-card ws-drop over" : "ws-card ws-drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          load(event.dataTransfer.files[0]);
        }}
      >
        <div className="ws-row">
          <div>
            <h3>Play a recording</h3>
            {tape ? (
              <p data-testid="ws-tape">
                <b>{tape.name}</b>: {counted(tape.deeds, "deed")} of people, {counted(tape.calls, "call")} of the app
                {tape.seconds >= 1 ? `, ${lengthOf(tape.seconds)}` : ""}
              </p>
            ) : (
              <p>Drop a file here, or choose one.</p>
            )}
          </div>
          <button type="button" className="ws-button" onClick={() => input.current.click()}>
            <Sign name="up" size={15} /> {tape ? "Another" : "Choose"}
          </button>
          <input
            ref={input}
            type="file"
            hidden
            accept=".ndjson,.jsonl,.json"
            data-testid="ws-load"
            onChange={(event) => {
              load(event.target.files[0]);
              event.target.value = "";
            }}
          />
        </div>
        {tape ? (
          <div className="ws-row">
            <span className="ws-segments" role="group" aria-label="Speed">
              <button type="button" aria-pressed={!isPaced} onClick={() => setPaced(false)}>
                At once
              </button>
              <button type="button" aria-pressed={isPaced} onClick={() => setPaced(true)}>
                As it was
              </button>
            </span>
            <button
              type="button"
              className="ws-button primary"
              disabled={isPlaying}
              data-testid="ws-replay"
              onClick={play}
            >
              <Sign name="play" size={15} /> {isPlaying ? "Playing…" : "Replay"}
            </button>
          </div>
        ) : null}
      </section>
      {result ? <Differences result={result} /> : null}
    </>
  );
}

// A header, then one line for each deed of a person and each call of the app; `at` counts the seconds from the start.
function summaryOf(text) {
  const lines = text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line));
  const calls = lines.filter((line) => "app" in line && "args" in line).length;
  const deeds = lines.filter((line) => "deed" in line).length;
  const seconds = Math.max(0, ...lines.map((line) => Number(line.at) || 0));
  return { text, calls, deeds, seconds };
}

const counted = (count, word) => `${count.toLocaleString("en-US")} ${word}${count === 1 ? "" : "s"}`;
