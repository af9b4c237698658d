// Reactions under a message as pills: how many, who (on hover), blue when one of them is yours; a click adds or
// takes back your own, the last pill adds another.
import { useState } from "react";
import { Emoji, nameOf } from "./mentions.jsx";
import { EmojiPicker } from "./emojipicker.jsx";
import { Icon } from "./icons.jsx";
import { usePerson, useStore } from "./store.js";

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
  const isMine = reaction.users.includes(me);
  const names = reaction.users.map((id) => (id === me ? "You" : nameOf(users[id])));
  return (
    <button
      type="button"
      className={isMine ? "reaction mine" : "reaction"}
      aria-pressed={isMine}
      data-reaction={reaction.name}
      title={`${names.join(", ")} reacted with :${reaction.name}:`}
      onClick={() => person.toggleReaction(channel, message, reaction.name)}
    >
      <Emoji name={reaction.name} />
      <span>{reaction.count}</span>
    </button>
  );
}
