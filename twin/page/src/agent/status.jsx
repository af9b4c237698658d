// "Signalbox is thinking…", with the agent's own words in turn while it works, and the button that stops it.
import { useEffect, useState } from "react";
import { Icon } from "../icons.jsx";
import { usePerson, useStore } from "../store.js";

const TURN_MS = 2500;

export function Status({ session, channel, thread }) {
  const person = usePerson();
  const app = useStore((s) => s.app.name);
  const [turn, setTurn] = useState(0);
  const [isStopping, setStopping] = useState(false);
  const words = session?.loading_messages ?? [];
  const isBusy = Boolean(session?.status || session?.can_stop);
  useEffect(() => {
    setTurn(0);
    setStopping(false);
    if (!isBusy || words.length < 2) return;
    const timer = setInterval(() => setTurn((n) => n + 1), TURN_MS);
    return () => clearInterval(timer);
  }, [isBusy, session?.status, words.length]);
  if (!isBusy) return null;
  const said = words.length ? words[turn % words.length] : `${app} ${session.status || "is working"}`;
  return (
    <div className="agent-status" role="status" data-testid="agent-status">
      <span className="thinking" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className="agent-status-words">{said}</span>
      {session.can_stop ? (
        <button
          type="button"
          className="button agent-stop"
          data-testid="agent-stop"
          disabled={isStopping}
          onClick={() => {
            setStopping(true);
            person.act("agent_stop", { channel, thread_ts: thread ?? session.thread_ts });
          }}
        >
          <Icon name="stop" size={14} /> {isStopping ? "Stopping…" : "Stop"}
        </button>
      ) : null}
    </div>
  );
}
