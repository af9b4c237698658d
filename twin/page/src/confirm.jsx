// "Are you sure?", in the words the app chose, before a button that asks for it does anything.
import { useEffect, useRef } from "react";
import { Mrkdwn, PlainText } from "./mrkdwn.jsx";
import { useStore } from "./store.js";

export function Confirm() {
  const confirm = useStore((s) => s.confirm);
  return confirm ? <Question confirm={confirm} /> : null;
}

function Question({ confirm }) {
  const yes = useRef(null);
  useEffect(() => {
    yes.current.focus();
    const key = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      event.preventDefault();
      confirm.answer(false);
    };
    document.addEventListener("keydown", key, true);
    return () => document.removeEventListener("keydown", key, true);
  }, [confirm]);
  const Words = confirm.text?.type === "mrkdwn" ? Mrkdwn : PlainText;
  return (
    <div className="veil veil-high">
      <div className="modal confirm" role="alertdialog" aria-modal="true" data-testid="confirm">
        <header className="modal-header">
          <h2>
            <PlainText text={confirm.title?.text ?? "Are you sure?"} />
          </h2>
        </header>
        <div className="modal-body words">
          <Words text={confirm.text?.text ?? ""} />
        </div>
        <footer className="modal-footer">
          <button
            type="button"
            className="button large"
            data-testid="confirm-deny"
            onClick={() => confirm.answer(false)}
          >
            <PlainText text={confirm.deny?.text ?? "Cancel"} />
          </button>
          <button
            ref={yes}
            type="button"
            className={`button large ${confirm.style === "danger" ? "danger-fill" : "primary"}`}
            data-testid="confirm-ok"
            onClick={() => confirm.answer(true)}
          >
            <PlainText text={confirm.confirm?.text ?? "Yes"} />
          </button>
        </footer>
      </div>
    </div>
  );
}
