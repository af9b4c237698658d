// The questions an agent suggests, as buttons; one press asks.
import { useState } from "react";
import { Icon } from "../icons.jsx";

export function Prompts({ session, onPick }) {
  const [asked, setAsked] = useState(null);
  const prompts = session?.prompts ?? [];
  if (!prompts.length) return null;
  return (
    <section className="prompts" data-testid="prompts" aria-label={session.prompts_title || "Suggestions"}>
      {session.prompts_title ? <h3>{session.prompts_title}</h3> : null}
      {prompts.map((one) => (
        <button
          key={one.title}
          type="button"
          className="prompt"
          data-testid="prompt"
          disabled={asked === one.title}
          onClick={async () => {
            setAsked(one.title);
            await onPick(one.message ?? one.title);
            setAsked(null);
          }}
        >
          <Icon name="spark" size={16} /> {one.title}
        </button>
      ))}
    </section>
  );
}
