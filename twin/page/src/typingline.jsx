// "Ana is typing…" below the field, for a few seconds after the twin said so.
import { useEffect, useState } from "react";
import { nameOf } from "./mentions.jsx";
import { useStore } from "./store.js";

export function TypingLine({ channel }) {
  const typing = useStore((s) => s.typing[channel]);
  const name = useStore((s) => (typing ? nameOf(s.users[typing.user]) : null));
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    setOver(false);
    if (!typing) return;
    const timer = setTimeout(() => setOver(true), Math.max(0, typing.until - Date.now()));
    return () => clearTimeout(timer);
  }, [typing]);
  if (!name || isOver) return null;
  return (
    <span className="typing" data-testid="typing">
      <strong>{name}</strong> is typing…
    </span>
  );
}
