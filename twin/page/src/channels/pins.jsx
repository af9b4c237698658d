// What is pinned to a conversation, in the pane at the right, the newest pin first.
import { useEffect, useState } from "react";
import { Message } from "../message.jsx";
import { usePerson } from "../store.js";

// Pinned messages may lie far back, so each is fetched by itself.
export function Pins({ channel }) {
  const person = usePerson();
  const [found, setFound] = useState(null);
  const pinned = (channel.pinned ?? []).join(" ");
  useEffect(() => {
    let isCurrent = true;
    const ask = (ts) =>
      person
        .ask("/twin/thread", { channel: channel.id, ts })
        .then((answer) => answer.messages.find((m) => m.ts === ts))
        .catch(() => null);
    Promise.all(pinned.split(" ").filter(Boolean).map(ask)).then((all) => isCurrent && setFound(all.filter(Boolean)));
    return () => {
      isCurrent = false;
    };
  }, [pinned, channel.id, person]);
  if (!found) return <p className="older">Loading…</p>;
  if (!found.length) return <p className="older">Nothing is pinned here. Pin a message from the menu at its corner.</p>;
  return (
    <div className="details pins">
      {found.map((message) => (
        <div key={message.ts} className="pin" data-testid="pin">
          <Message channel={channel.id} message={message} isFollowUp={false} inThread isPointedAt={false} />
          <button
            type="button"
            className="quiet-link"
            onClick={() =>
              person.go({
                channel: channel.id,
                thread: message.thread_ts !== message.ts ? message.thread_ts : null,
                message: message.ts,
              })
            }
          >
            Jump to message
          </button>
        </div>
      ))}
    </div>
  );
}
