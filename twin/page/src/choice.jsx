// Select menus, single and multiple: a box with the choice, and a list that filters while one types. People and
// channels come from the workspace, "external" options from the app itself.
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { PlainText } from "./mrkdwn.jsx";
import { Popover } from "./popover.jsx";
import { othersIn, spokenName, titleOf } from "./names.js";
import { isAppChannel, isDirect, usePerson, useStore } from "./store.js";
import { useHeld, useSurface } from "./surface.jsx";
import { choiceKey } from "./values.js";

const SHORT_LIST = 8;
const TYPING_PAUSE = 200;

// An entry of the list: {id, label, detail?, group?, draw?, choice}, where `choice` is what Slack is told.
export function Choice({ element, block }) {
  const { held, change } = useHeld(block, element);
  const key = choiceKey(element.type);
  const isMany = element.type.startsWith("multi_");
  const entries = useEntries(element);
  const [anchor, setAnchor] = useState(null);
  const nameFor = useNames(entries);

  const chosen = isMany ? (held?.[key] ?? []) : held?.[key] ? [held[key]] : [];
  const idOf = (choice) => choice?.value ?? choice;
  const pick = (entry) => {
    if (!isMany) {
      setAnchor(null);
      change({ [key]: entry.choice });
      return;
    }
    const isOn = chosen.some((c) => idOf(c) === entry.id);
    const isFull = element.max_selected_items && chosen.length >= element.max_selected_items;
    if (!isOn && isFull) return;
    change({ [key]: isOn ? chosen.filter((c) => idOf(c) !== entry.id) : [...chosen, entry.choice] });
  };

  const words = chosen.map((c) => ({ id: idOf(c), label: c.text?.text ?? nameFor(idOf(c)) }));
  return (
    <>
      <div
        role="combobox"
        tabIndex={0}
        id={element.action_id}
        className={`select ${isMany ? "select-many" : ""}`}
        aria-haspopup="listbox"
        aria-label={block.label?.text ?? element.placeholder?.text}
        aria-expanded={Boolean(anchor)}
        data-action-id={element.action_id}
        data-block-id={block.block_id}
        onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
        onKeyDown={(event) => {
          if (!["Enter", " ", "ArrowDown"].includes(event.key) || anchor) return;
          event.preventDefault();
          setAnchor(event.currentTarget);
        }}
      >
        <span className="select-words">
          {!words.length ? (
            <span className="placeholder">{element.placeholder?.text ?? "Choose an option"}</span>
          ) : isMany ? (
            words.map((w) => (
              <span key={w.id} className="chip">
                <PlainText text={w.label} />
                <button
                  type="button"
                  aria-label={`Remove ${w.label}`}
                  onClick={(event) => {
                    event.stopPropagation();
                    change({ [key]: chosen.filter((c) => idOf(c) !== w.id) });
                  }}
                >
                  ×
                </button>
              </span>
            ))
          ) : (
            <PlainText text={words[0].label} />
          )}
        </span>
        <Icon name="chevron" size={16} />
      </div>
      {anchor ? (
        <Options
          anchor={anchor}
          element={element}
          block={block}
          entries={entries}
          chosen={new Set(words.map((w) => w.id))}
          onPick={pick}
          onClose={() => setAnchor(null)}
        />
      ) : null}
    </>
  );
}

function Options({ anchor, element, block, entries, chosen, onPick, onClose }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const isExternal = /external_select$/.test(element.type);
  const { found: external, isAsking } = useExternal(isExternal, element, block, typed);
  const list = useRef(null);
  const name = useId();

  const shown = useMemo(() => {
    if (isExternal) return external;
    const wanted = typed.trim().toLowerCase();
    if (!wanted) return entries;
    return entries.filter((e) => `${e.label} ${e.detail ?? ""}`.toLowerCase().includes(wanted));
  }, [isExternal, external, entries, typed]);

  const hasSearch = isExternal || entries.length > SHORT_LIST || !/static_select$/.test(element.type);
  useEffect(() => setAt(0), [typed]);
  useEffect(() => {
    list.current?.querySelector("[data-at=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((i) => Math.max(0, Math.min(shown.length - 1, i + step)));
    } else if (event.key === "Enter" && shown[at]) {
      event.preventDefault();
      onPick(shown[at]);
    }
  };

  const shortest = element.min_query_length ?? 3;
  return (
    <Popover anchor={anchor} onClose={onClose} className="listbox">
      <div onKeyDown={keys} ref={list} style={{ minWidth: Math.max(200, anchor.offsetWidth) }}>
        {hasSearch ? (
          <input
            className="field listbox-search"
            autoFocus
            placeholder="Type to filter"
            aria-controls={name}
            data-testid="select-search"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        ) : (
          <button type="button" autoFocus className="sr-only" aria-controls={name}>
            Options
          </button>
        )}
        <div id={name} role="listbox" className="listbox-options" data-testid="select-options">
          {shown.map((entry, i) => (
            <Entry
              key={entry.id}
              entry={entry}
              heading={entry.group && entry.group !== shown[i - 1]?.group ? entry.group : null}
              isAt={i === at}
              isChosen={chosen.has(entry.id)}
              onPick={onPick}
              onReach={() => setAt(i)}
            />
          ))}
          {shown.length ? null : (
            <p className="listbox-empty">
              {isExternal && typed.length < shortest
                ? `Type ${shortest} or more letters`
                : isAsking
                  ? "Looking…"
                  : "No results"}
            </p>
          )}
        </div>
      </div>
    </Popover>
  );
}

function Entry({ entry, heading, isAt, isChosen, onPick, onReach }) {
  return (
    <>
      {heading ? <div className="listbox-group">{heading}</div> : null}
      <div
        role="option"
        aria-selected={isChosen}
        data-at={isAt}
        data-option-value={entry.id}
        className="listbox-option"
        onMouseMove={onReach}
        onClick={() => onPick(entry)}
      >
        {entry.user ? <Avatar user={entry.user} size={20} /> : null}
        <span className="listbox-words">
          <PlainText text={entry.label} />
          {entry.detail ? <small>{entry.detail}</small> : null}
        </span>
        {isChosen ? <Icon name="check" size={16} /> : null}
      </div>
    </>
  );
}

const fromOption = (option, group) => ({
  id: option.value,
  label: option.text.text,
  detail: option.description?.text,
  group,
  choice: option.description
    ? { text: option.text, value: option.value, description: option.description }
    : { text: option.text, value: option.value },
});

const fromOptions = ({ options, option_groups: groups }) =>
  groups?.length
    ? groups.flatMap((g) => g.options.map((o) => fromOption(o, g.label.text)))
    : (options ?? []).map((o) => fromOption(o));

function useEntries(element) {
  const users = useStore((s) => s.users);
  const channels = useStore((s) => s.channels);
  const app = useStore((s) => s.app);
  return useMemo(() => {
    const state = { users, app };
    if (/users_select$/.test(element.type)) {
      return Object.values(users)
        .filter((u) => !u.deleted && !u.is_bot)
        .map((u) => ({ id: u.id, label: nameOf(u), detail: u.profile?.title, user: u, choice: u.id }));
    }
    if (/channels_select$/.test(element.type)) {
      return channels
        .filter((c) => !isDirect(c) && !c.is_private && !c.is_archived)
        .map((c) => ({ id: c.id, label: `#${c.name}`, choice: c.id }));
    }
    if (/conversations_select$/.test(element.type)) return conversations(element.filter, channels, state);
    return /external_select$/.test(element.type) ? [] : fromOptions(element);
  }, [element, users, channels, app]);
}

// Everything one talks in, as far as the app's filter lets it through.
function conversations(filter, channels, state) {
  const kindOf = (c) => (c.is_im ? "im" : c.is_mpim ? "mpim" : c.is_private ? "private" : "public");
  return channels
    .filter((c) => !c.is_archived && (isDirect(c) || c.is_member || !c.is_private))
    .filter((c) => !filter?.include || filter.include.includes(kindOf(c)))
    .filter((c) => !filter?.exclude_external_shared_channels || !c.is_ext_shared)
    .filter((c) => !filter?.exclude_bot_users || !isAppChannel(state, c))
    .map((c) => ({
      id: c.id,
      label: isDirect(c) ? titleOf(state, c) : `#${c.name}`,
      group: isDirect(c) ? "Direct messages" : "Channels",
      user: c.is_im ? (isAppChannel(state, c) ? state.users[state.app.bot_user_id] : othersIn(state, c)[0]) : undefined,
      choice: c.id,
    }))
    .sort((a, b) => a.group.localeCompare(b.group));
}

function useNames(entries) {
  const users = useStore((s) => s.users);
  const app = useStore((s) => s.app);
  const channels = useStore((s) => s.channels);
  return (id) => {
    const entry = entries.find((e) => e.id === id);
    const channel = channels.find((c) => c.id === id);
    return entry?.label ?? nameOf(users[id]) ?? (channel ? spokenName({ users, app }, channel) : id);
  };
}

// Asks the app for options once typing pauses; an answer to an older question is dropped.
function useExternal(isExternal, element, block, typed) {
  const person = usePerson();
  const { container } = useSurface();
  const [found, setFound] = useState([]);
  const [isAsking, setAsking] = useState(false);
  useEffect(() => {
    if (!isExternal || typed.length < (element.min_query_length ?? 3)) {
      setFound([]);
      return;
    }
    let isCurrent = true;
    setAsking(true);
    const timer = setTimeout(async () => {
      const fields = { block_id: block.block_id, action_id: element.action_id, value: typed };
      const answer = await person.options({ ...container, ...fields });
      if (!isCurrent) return;
      setFound(answer.ok ? fromOptions(answer) : []);
      setAsking(false);
    }, TYPING_PAUSE);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [isExternal, typed, element, block.block_id, container, person]);
  return { found, isAsking };
}
