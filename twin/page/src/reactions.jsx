// Reactions under a message as pills: how many, who (a note above the pill while the pointer rests there), blue when
// one of them is yours; a click adds or takes back your own, the last pill adds another.
import { useId, useState } from "react";
import { Emoji, nameOf } from "./mentions.jsx";
import { EmojiPicker } from "./emojipicker.jsx";
import { Icon } from "./icons.jsx";
import { Hint } from "./hint.jsx";
import { usePerson, useStore } from "./store.js";

const NAMED = 12;

export function Reactions({ channel, message }) {
  const person = usePerson();
  const [anchor, setAnchor] = useState(null);
  if (!message.reactions?.length) return null;
  return (
    <div className="reactions">
      {message.reactions.map((reaction) => (
        <Pill key={reaction.name} channel={channel} message={message} reaction={reaction} />
      ))}
      <button
        type="button"
        className="reaction reaction-add"
        aria-label="Add a reaction"
        onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
      >
        <Icon name="smile" size={18} />
        <span aria-hidden="true">+</span>
      </button>
      {anchor ? (
        <EmojiPicker
          anchor={anchor}
          onClose={() => setAnchor(null)}
          onPick={(name) => person.act("react", { channel, ts: message.ts, name })}
        />
      ) : null}
    </div>
  );
}

function Pill({ channel, message, reaction }) {
  const person = usePerson();
  const me = useStore((s) => s.me.id);
  const users = useStore((s) => s.users);
  const [anchor, setAnchor] = useState(null);
  const id = useId();
  const isMine = reaction.users.includes(me);
  const names = reaction.users.slice(0, NAMED).map((one) => (one === me ? "You" : (nameOf(users[one]) ?? one)));
  const others = reaction.count - names.length;
  const who = listed(others > 0 ? [...names, `${others} more`] : names);
  const rest = (event) => setAnchor(event.currentTarget);
  const leave = () => setAnchor(null);
  return (
    <>
      <button
        type="button"
        className={isMine ? "reaction mine" : "reaction"}
        aria-pressed={isMine}
        aria-label={`${reaction.count} ${reaction.name.replaceAll("_", " ")}, ${who}`}
        data-reaction={reaction.name}
        onMouseEnter={rest}
        onMouseLeave={leave}
        onFocus={rest}
        onBlur={leave}
        onClick={() => person.toggleReaction(channel, message, reaction.name)}
      >
        <Emoji name={reaction.name} />
        <span>{reaction.count}</span>
      </button>
      {anchor ? (
        <Hint anchor={anchor} id={id} data-testid="who-reacted">
          <Emoji name={reaction.name} />
          <span>
            <strong>{who}</strong> reacted with :{reaction.name}:
          </span>
        </Hint>
      ) : null}
    </>
  );
}

function listed(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
