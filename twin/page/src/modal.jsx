// The window an app opens over everything: title, fields, Cancel and Submit. Errors stand under their field, and
// while the app thinks the button waits. Pushed windows lie on a stack; only the top one is seen.
import { useEffect, useRef, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Blocks } from "./blocks.jsx";
import { Icon } from "./icons.jsx";
import { PlainText } from "./mrkdwn.jsx";
import { usePerson, useStore } from "./store.js";
import { BlockSurface } from "./surface.jsx";
import { problemsOf } from "./validate.js";
import { startValues } from "./values.js";
import { InspectView } from "./workshop/about.jsx";

export function Modals() {
  const views = useStore((s) => s.views);
  const top = views[views.length - 1];
  if (!top) return null;
  return <Modal key={top.id} view={top} views={views} />;
}

function Modal({ view, views }) {
  const person = usePerson();
  const app = useStore((s) => s.app);
  const bot = useStore((s) => s.users[s.app.bot_user_id]);
  const [values, setValues] = useState(() => startValues(view.blocks, view.state?.values));
  const [drawn, setDrawn] = useState(view.blocks);
  const [errors, setErrors] = useState({});
  const [isWaiting, setWaiting] = useState(false);
  const [trouble, setTrouble] = useState(null);
  const [container, setContainer] = useState({ view_id: view.id });
  const box = useRef(null);

  if (container.view_id !== view.id) setContainer({ view_id: view.id });
  if (drawn !== view.blocks) {
    setDrawn(view.blocks);
    setValues(startValues(view.blocks, values));
  }

  useEffect(() => {
    const before = document.activeElement;
    const first = box.current.querySelector(".input-block input, .input-block textarea, .input-block [tabindex]");
    (first ?? box.current).focus();
    return () => before?.focus?.();
  }, []);

  // What is wrong with a field is forgotten as soon as the person changes something.
  const change = (next) => {
    setValues(next);
    setErrors({});
  };
  const close = () => person.act("close", { view_id: view.id });
  const closeAll = async () => {
    for (const one of [...views].reverse()) await person.act("close", { view_id: one.id });
  };
  const submit = async (event) => {
    event.preventDefault();
    if (isWaiting || !view.submit) return;
    const problems = problemsOf(view.blocks, values);
    setErrors(problems);
    setTrouble(null);
    if (Object.keys(problems).length) return showFirst(box.current);
    setWaiting(true);
    const answer = await person.act("submit", { view_id: view.id, values }, { quiet: true });
    setWaiting(false);
    if (answer.errors && Object.keys(answer.errors).length) {
      setErrors(answer.errors);
      showFirst(box.current);
    } else if (answer.ok === false) {
      setTrouble(answer.say ?? "We had some trouble connecting. Try again?");
    }
  };

  useEffect(() => {
    const key = (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      close();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  });

  return (
    <div className="veil" data-testid="modal-veil">
      <form
        ref={box}
        className="modal"
        role="dialog"
        aria-modal="true"
        aria-label={view.title?.text}
        data-testid="modal"
        data-view-id={view.id}
        data-callback-id={view.callback_id}
        tabIndex={-1}
        noValidate
        onSubmit={submit}
      >
        <header className="modal-header">
          <Avatar user={bot} name={app.name} />
          <h2>
            <PlainText text={view.title?.text ?? ""} />
          </h2>
          <InspectView view={view} />
          <button
            type="button"
            className="plain-button"
            aria-label="Close"
            data-testid="modal-x"
            onClick={closeAll}
          >
            <Icon name="close" />
          </button>
        </header>
        <div className="modal-body">
          {trouble ? (
            <p className="modal-trouble" role="alert">
              <Icon name="warn" size={18} /> {trouble}
            </p>
          ) : null}
          <BlockSurface
            container={container}
            kind="modal"
            blocks={view.blocks}
            values={values}
            onValues={change}
            errors={errors}
          >
            <Blocks blocks={view.blocks} />
          </BlockSurface>
        </div>
        <footer className="modal-footer">
          <button type="button" className="button large" data-testid="modal-close" onClick={close}>
            <PlainText text={view.close?.text ?? (view.submit ? "Cancel" : "Close")} />
          </button>
          {view.submit ? (
            <button
              type="submit"
              className={isWaiting ? "button large primary busy" : "button large primary"}
              aria-busy={isWaiting || undefined}
              disabled={isWaiting}
              data-testid="modal-submit"
            >
              <PlainText text={view.submit.text} />
            </button>
          ) : null}
        </footer>
      </form>
    </div>
  );
}

const showFirst = (box) =>
  requestAnimationFrame(() => box?.querySelector(".has-error")?.scrollIntoView({ block: "center" }));
