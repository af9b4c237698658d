// The page of keyboard shortcuts, at the right, so that they can be tried at once.
import { Icon } from "../icons.jsx";
import { usePerson } from "../store.js";
import { isMac, SHORTCUTS } from "./keys.js";

const WORDS = isMac ? { Mod: "⌘", Alt: "⌥", Shift: "⇧" } : { Mod: "Ctrl" };
const PLAIN = new Set(["or", "/", "in", "an", "empty", "field", "click"]);

export function Shortcuts() {
  const person = usePerson();
  return (
    <aside className="side shortcuts" data-testid="shortcuts-list" aria-label="Keyboard shortcuts">
      <header className="pane-header">
        <h2 className="pane-title">
          <Icon name="keyboard" /> Keyboard shortcuts
        </h2>
        <span className="topic" />
        <button type="button" className="plain-button" aria-label="Close" autoFocus onClick={() => person.show(null)}>
          <Icon name="close" />
        </button>
      </header>
      <div className="scroll">
        {SHORTCUTS.map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {rows.map(([keys, words]) => (
                <div key={keys + words}>
                  <dt>{words}</dt>
                  <dd>
                    <Keys text={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </aside>
  );
}

const Keys = ({ text }) =>
  (text === "Mod /" ? ["Mod", "slash"] : text.split(" ")).map((key, i) =>
    PLAIN.has(key) && !(key === "/" && i === text.split(" ").length - 1) ? (
      <span key={i} className="key-word">
        {key}
      </span>
    ) : (
      <kbd key={i}>{key === "slash" ? "/" : (WORDS[key] ?? key)}</kbd>
    ),
  );
