// The small window to choose an emoji from: a search field and the whole set below it.
import { useMemo, useState } from "react";
import { emoji, emojiNames, searchEmoji } from "./emoji.js";
import { Popover } from "./popover.jsx";

const OFTEN = [
  "+1",
  "eyes",
  "white_check_mark",
  "raised_hands",
  "tada",
  "heart",
  "joy",
  "thinking_face",
  "pray",
  "fire",
  "rocket",
  "x",
];
const SHOWN = 240;

export function EmojiPicker({ anchor, onPick, onClose }) {
  const [typed, setTyped] = useState("");
  const [over, setOver] = useState(null);
  const found = useMemo(
    () => (typed ? searchEmoji(typed.replace(/:/g, ""), SHOWN) : emojiNames.slice(0, SHOWN)),
    [typed],
  );
  const pick = (name) => {
    onClose();
    onPick(name);
  };
  const draw = (name) => (
    <button
      key={name}
      type="button"
      title={`:${name}:`}
      data-emoji={name}
      onMouseEnter={() => setOver(name)}
      onClick={() => pick(name)}
    >
      {emoji(name)}
    </button>
  );
  return (
    <Popover anchor={anchor} onClose={onClose} align="end" className="emoji-picker" data-testid="emoji-picker">
      <input
        className="field"
        autoFocus
        placeholder="Search all emoji"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !found.length) return;
          event.preventDefault();
          pick(found[0]);
        }}
      />
      <div className="emoji-grid">
        {typed ? null : (
          <>
            <h4>Often used</h4>
            {OFTEN.map(draw)}
            <h4>Smileys and people</h4>
          </>
        )}
        {found.map(draw)}
        {found.length ? null : <p className="listbox-empty">No emoji of that name</p>}
      </div>
      <div className="emoji-over">{over ? `${emoji(over)}  :${over}:` : "Pick an emoji"}</div>
    </Popover>
  );
}
