// The frame of the page's own dialogs: a title, what one came for, buttons. It keeps the focus inside, gives it back
// when it closes, and closes on Esc or a click beside it.
import { useEffect, useRef } from "react";
import { Icon } from "./icons.jsx";

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled), textarea, [tabindex]:not([tabindex='-1'])";

export function useFocusInside(box) {
  useEffect(() => {
    const before = document.activeElement;
    const inside = box.current;
    if (!inside.contains(before)) (inside.querySelector("[autofocus], input, textarea") ?? inside).focus();
    return () => before?.isConnected && before.focus?.({ preventScroll: true });
  }, [box]);
}

// Tab goes round inside `box` instead of leaving it.
export function keepInside(event, box) {
  if (event.key !== "Tab") return;
  const all = [...box.querySelectorAll(FOCUSABLE)].filter((one) => one.offsetParent);
  const edge = event.shiftKey ? all[0] : all.at(-1);
  if (document.activeElement !== edge && box.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0])?.focus();
}

export function Dialog({ title, onClose, onSubmit, footer, className = "", children, ...rest }) {
  const box = useRef(null);
  useFocusInside(box);
  const keys = (event) => {
    keepInside(event, box.current);
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.stopPropagation();
    onClose();
  };
  return (
    <div className="veil" onPointerDown={(event) => event.target === event.currentTarget && onClose()}>
      <form
        ref={box}
        className={`modal dialog ${className}`}
        role="dialog"
        aria-modal="true"
        aria-label={title}
        tabIndex={-1}
        noValidate
        onKeyDown={keys}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
        {...rest}
      >
        <header className="modal-header">
          <h2>{title}</h2>
          <button
            type="button"
            className="plain-button"
            aria-label="Close"
            data-testid="dialog-close"
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
        </header>
        <div className="modal-body">{children}</div>
        {footer ? <footer className="modal-footer">{footer}</footer> : null}
      </form>
    </div>
  );
}
