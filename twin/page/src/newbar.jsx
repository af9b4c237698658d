// The blue bar over the messages while the "New" line is further up: how many are new since when, a way to the
// first of them, and "Mark as read".
import { useEffect, useState } from "react";
import { Icon } from "./icons.jsx";
import { usePerson, useStore } from "./store.js";
import { clock, dateOf, dayKey, dayTitle } from "./time.js";

export function NewBar({ channel, box, list, newFrom }) {
  const person = usePerson();
  const zone = useStore((s) => s.me.tz);
  const me = useStore((s) => s.me.id);
  const isKept = useStore((s) => Boolean(s.keptUnread[channel]));
  const [isAbove, setAbove] = useState(false);
  // Once its line was before the person's eyes, the bar has nothing to tell.
  const [seenLine, setSeenLine] = useState(null);

  useEffect(() => {
    if (!newFrom) return setAbove(false);
    const line = box.current.querySelector('[data-testid="new-line"]');
    if (!line) return setAbove(list.messages[0]?.ts > newFrom);
    const watch = new IntersectionObserver(
      ([seen]) => {
        if (seen.isIntersecting) setSeenLine(newFrom);
        setAbove(!seen.isIntersecting && seen.boundingClientRect.top < seen.rootBounds?.top + 8);
      },
      { root: box.current },
    );
    watch.observe(line);
    return () => watch.disconnect();
  }, [newFrom, list, box]);

  if (!newFrom || (!isKept && (!isAbove || seenLine === newFrom))) return null;
  const count = list.messages.filter((m) => m.ts >= newFrom && m.user !== me && !m.is_ephemeral).length;
  const at = dateOf(newFrom);
  const isToday = dayKey(at, zone) === dayKey(new Date(), zone);
  const since = isToday ? clock(at, zone) : dayTitle(at, zone, new Date());
  const words = `${list.hasMore && list.messages[0]?.ts > newFrom ? `${count}+` : count} new ${
    count === 1 ? "message" : "messages"
  } since ${since}`;
  const jump = () => {
    const line = box.current.querySelector('[data-testid="new-line"]');
    if (line) line.scrollIntoView({ block: "center" });
    else person.go({ channel, message: newFrom });
  };
  return (
    <div className="new-bar-holder">
      <div className="new-bar" role="status" data-testid="new-bar">
        <button type="button" onClick={jump} title="Jump to the first of them">
          {isAbove ? <Icon name="up" size={16} /> : null} {words}
        </button>
        <button type="button" data-testid="mark-read" onClick={() => person.markRead(channel)}>
          Mark as read <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}
