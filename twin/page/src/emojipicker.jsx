// The small window to choose an emoji from: a search field, the ones this person uses most, and all the others by
// kind. Arrow keys walk through them, Enter takes one.
import { memo, useMemo, useRef, useState } from "react";
import { categories, emoji, searchEmoji } from "./emoji.js";
import { countUse, often } from "./often.js";
import { Popover } from "./popover.jsx";

const COLUMNS = 8;
const SHOWN = 160;
const OFTEN = 24;
const NAMES = {
  people: ["grinning", "Smileys & people"],
  nature: ["dog", "Animals & nature"],
  foods: ["hamburger", "Food & drink"],
  activity: ["soccer", "Activities"],
  places: ["airplane", "Travel & places"],
  objects: ["bulb", "Objects"],
  symbols: ["heart", "Symbols"],
  flags: ["checkered_flag", "Flags"],
};

export function EmojiPicker({ anchor, onPick, onClose }) {
  const [typed, setTyped] = useState("");
  const [over, setOver] = useState(null);
  const [mine] = useState(() => often(OFTEN));
  const [first] = useState(() => categories.map((c) => c.id));
  const grid = useRef(null);
  const found = useMemo(() => (typed ? searchEmoji(typed.replace(/:/g, ""), SHOWN) : null), [typed]);

  const pick = (name) => {
    countUse(name);
    onClose();
    onPick(name);
  };
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (!step) return;
    const all = [...grid.current.querySelectorAll("button")];
    const now = all.indexOf(document.activeElement);
    if (now < 0 && (event.key !== "ArrowDown" || !all.length)) return;
    event.preventDefault();
    if (now < 0) return all[0].focus();
    if (now + step < 0) return grid.current.parentElement.querySelector("input").focus();
    all[Math.min(all.length - 1, now + step)].focus();
  };
  // One listener for all: a button for each emoji with listeners of its own is slow to open.
  const at = (event) => event.target.closest("[data-emoji]")?.dataset.emoji;
  return (
    <Popover anchor={anchor} onClose={onClose} align="end" className="emoji-picker" data-testid="emoji-picker">
      <div onKeyDown={move}>
        <input
          className="field"
          autoFocus
          placeholder="Search all emoji"
          aria-label="Search all emoji"
          data-testid="emoji-search"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !found?.length) return;
            event.preventDefault();
            pick(found[0]);
          }}
        />
        {found ? null : (
          <div className="emoji-kinds">
            {first.map((id) => (
              <button
                key={id}
                type="button"
                title={NAMES[id]?.[1] ?? id}
                aria-label={NAMES[id]?.[1] ?? id}
                onClick={() => grid.current.querySelector(`[data-kind="${id}"]`)?.scrollIntoView({ block: "start" })}
              >
                {emoji(NAMES[id]?.[0] ?? "smile")}
              </button>
            ))}
          </div>
        )}
        <div
          ref={grid}
          className="emoji-grid"
          onClick={(event) => at(event) && pick(at(event))}
          onMouseOver={(event) => setOver(at(event) ?? null)}
          onFocus={(event) => setOver(at(event) ?? null)}
        >
          {found ? (
            <Kind title="Search results" names={found} />
          ) : (
            <>
              <Kind title="Frequently used" names={mine} />
              {categories.map((c) => (
                <Kind key={c.id} id={c.id} title={NAMES[c.id]?.[1] ?? c.id} names={c.names} />
              ))}
            </>
          )}
          {found && !found.length ? <p className="listbox-empty">No emoji of that name</p> : null}
        </div>
        <div className="emoji-over">
          {over ? (
            <>
              <span className="emoji">{emoji(over)}</span> :{over}:
            </>
          ) : (
            "Pick an emoji"
          )}
        </div>
      </div>
    </Popover>
  );
}

const Kind = memo(function Kind({ id, title, names }) {
  if (!names.length) return null;
  return (
    <section className="emoji-kind" data-kind={id}>
      <h4>{title}</h4>
      {names.map((name) => (
        <button key={name} type="button" data-emoji={name} aria-label={name.replaceAll("_", " ")}>
          {emoji(name)}
        </button>
      ))}
    </section>
  );
});
