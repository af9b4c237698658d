// The list above the field while one types "/", "@", "#" or ":": commands, people, channels, emoji.
import { useEffect, useMemo, useRef, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { emoji, searchEmoji } from "./emoji.js";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { isDirect, useStore } from "./store.js";

const SHOWN = 8;
const NONE = [];
const EVERYONE = [
  { name: "here", what: "Notify every online member in this channel" },
  { name: "channel", what: "Notify everyone in this channel" },
];

// The word under the cursor that calls for suggestions: {kind, typed, start}, or null.
export function wordAt(text, cursor) {
  const before = text.slice(0, cursor);
  const command = /^\/([\w-]*)$/.exec(before);
  if (command) return { kind: "/", typed: command[1], start: 0 };
  const found = /(?:^|[\s(+])([@#:])([\w.+'-]*)$/.exec(before);
  if (!found) return null;
  const [, kind, typed] = found;
  if (kind === ":" && typed.length < 2) return null;
  return { kind, typed, start: cursor - typed.length - 1 };
}

// What can be put in place of that word: [{key, text, draw}].
export function useSuggestions(word) {
  const commands = useStore((s) => s.commands);
  const users = useStore((s) => s.users);
  const groups = useStore((s) => s.usergroups);
  const channels = useStore((s) => s.channels);
  return useMemo(() => {
    if (!word) return NONE;
    const typed = word.typed.toLowerCase();
    const begins = (name) => (name ?? "").toLowerCase().split(/[\s.-]+/).some((w) => w.startsWith(typed));
    const fits = (name) => (name ?? "").toLowerCase().startsWith(typed) || begins(name);
    if (word.kind === "/") {
      return commands
        .filter((c) => c.command.slice(1).toLowerCase().startsWith(typed))
        .map((c) => ({ key: c.command, text: `${c.command} `, command: c }));
    }
    if (word.kind === "@") {
      const people = Object.values(users)
        .filter((u) => !u.deleted && (fits(u.name) || fits(nameOf(u))))
        .map((u) => ({ key: u.id, text: `@${u.name} `, user: u }));
      const teams = Object.values(groups)
        .filter((g) => fits(g.handle))
        .map((g) => ({ key: g.id, text: `@${g.handle} `, group: g }));
      const all = EVERYONE.filter((e) => fits(e.name)).map((e) => ({ key: e.name, text: `@${e.name} `, all: e }));
      return [...people, ...teams, ...all].slice(0, SHOWN);
    }
    if (word.kind === "#") {
      return channels
        .filter((c) => !isDirect(c) && fits(c.name))
        .slice(0, SHOWN)
        .map((c) => ({ key: c.id, text: `#${c.name} `, channel: c }));
    }
    return searchEmoji(typed, SHOWN).map((name) => ({ key: name, text: `:${name}: `, emoji: name }));
  }, [word, commands, users, groups, channels]);
}

export function Suggestions({ found, at, onPick, onReach }) {
  const list = useRef(null);
  useEffect(() => {
    list.current?.querySelector("[data-at=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div className="suggestions" role="listbox" ref={list} data-testid="suggestions">
      {found.map((one, i) => (
        <div
          key={one.key}
          role="option"
          aria-selected={i === at}
          data-at={i === at}
          className="suggestion"
          onMouseMove={() => onReach(i)}
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(one);
          }}
        >
          <Row one={one} />
        </div>
      ))}
    </div>
  );
}

function Row({ one }) {
  if (one.command) {
    return (
      <>
        <span className="command-sign">/</span>
        <span className="suggestion-words">
          <span>
            <strong>{one.command.command}</strong> <span className="usage">{one.command.usage_hint}</span>
          </span>
          <small>{one.command.description}</small>
        </span>
      </>
    );
  }
  if (one.user) {
    return (
      <>
        <Avatar user={one.user} size={24} />
        <strong>{nameOf(one.user)}</strong>
        {one.user.is_bot ? <span className="badge">APP</span> : null}
        <small>
          @{one.user.name} {one.user.profile?.title ? `· ${one.user.profile.title}` : ""}
        </small>
      </>
    );
  }
  if (one.group || one.all) {
    return (
      <>
        <strong>@{one.group?.handle ?? one.all.name}</strong>
        <small>{one.group?.name ?? one.all.what}</small>
      </>
    );
  }
  if (one.channel) {
    return (
      <>
        <Icon name={one.channel.is_private ? "lock" : "hash"} size={16} />
        <strong>{one.channel.name}</strong>
      </>
    );
  }
  return (
    <>
      <span className="emoji">{emoji(one.emoji)}</span>
      <span>:{one.emoji}:</span>
    </>
  );
}

// Arrow keys, Enter and Tab while the list is open. Returns [index, setIndex, onKey(event) -> handled].
export function useListKeys(found, onPick, isComplete) {
  const [at, setAt] = useState(0);
  useEffect(() => setAt(0), [found]);
  const onKey = (event) => {
    if (!found.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      setAt((i) => (i + step + found.length) % found.length);
      return true;
    }
    if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !isComplete(found[at]))) {
      onPick(found[at] ?? found[0]);
      return true;
    }
    return false;
  };
  return [at, setAt, onKey];
}
