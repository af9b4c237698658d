// A message being edited in place: Enter saves, Esc gives up.
import { useLayoutEffect, useRef, useState } from "react";
import { usePerson, useStore } from "./store.js";
import { toTyped } from "./typed.js";

export function EditBox({ channel, message }) {
  const person = usePerson();
  const users = useStore((s) => s.users);
  const channels = useStore((s) => s.channels);
  const usergroups = useStore((s) => s.usergroups);
  const [text, setText] = useState(() => toTyped(message.text ?? "", { users, channels, usergroups }));
  const box = useRef(null);

  useLayoutEffect(() => {
    box.current.style.height = "auto";
    box.current.style.height = `${box.current.scrollHeight}px`;
  }, [text]);
  useLayoutEffect(() => {
    box.current.focus();
    box.current.setSelectionRange(text.length, text.length);
    box.current.closest(".message").scrollIntoView({ block: "nearest" });
  }, []);

  const stop = () => person.edit(null);
  const save = async () => {
    if (!text.trim()) return;
    const answer = await person.act("edit", { channel, ts: message.ts, text });
    if (answer.ok) stop();
  };
  return (
    <div className="edit-box">
      <textarea
        ref={box}
        rows={1}
        value={text}
        data-testid="edit-box"
        aria-label="Edit message"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            stop();
          } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            save();
          }
        }}
      />
      <div className="edit-buttons">
        <button type="button" className="button" onClick={stop}>
          Cancel
        </button>
        <button type="button" className="button primary" onClick={save} data-testid="edit-save">
          Save
        </button>
      </div>
    </div>
  );
}
