// Menus that open beside what was pressed, above everything else, and close on a click elsewhere or on Esc.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

const GAP = 4;
const EDGE = 8;

export function Popover({ anchor, onClose, side = "below", align = "start", className = "", children, ...rest }) {
  const box = useRef(null);
  const [spot, setSpot] = useState({ left: -9999, top: -9999 });

  useLayoutEffect(() => {
    const put = () => {
      if (!anchor?.isConnected || !box.current) return;
      const a = anchor.getBoundingClientRect();
      const { width, height } = box.current.getBoundingClientRect();
      let left = align === "end" ? a.right - width : a.left;
      left = Math.max(EDGE, Math.min(left, innerWidth - width - EDGE));
      const below = a.bottom + GAP;
      const above = a.top - height - GAP;
      const fitsBelow = below + height <= innerHeight - EDGE;
      let top = side === "above" ? (above >= EDGE ? above : below) : fitsBelow || above < EDGE ? below : above;
      top = Math.max(EDGE, Math.min(top, innerHeight - height - EDGE));
      setSpot((old) => (old.left === left && old.top === top ? old : { left, top }));
    };
    put();
    const watch = new ResizeObserver(put);
    watch.observe(box.current);
    addEventListener("resize", put);
    return () => {
      watch.disconnect();
      removeEventListener("resize", put);
    };
  }, [anchor, side, align]);

  useEffect(() => {
    const press = (event) => {
      if (box.current?.contains(event.target) || anchor?.contains(event.target)) return;
      if (event.target.closest?.("[data-popover]")) return;
      onClose();
    };
    const key = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      onClose();
      anchor?.focus?.();
    };
    document.addEventListener("pointerdown", press, true);
    document.addEventListener("keydown", key, true);
    return () => {
      document.removeEventListener("pointerdown", press, true);
      document.removeEventListener("keydown", key, true);
    };
  }, [anchor, onClose]);

  return createPortal(
    <div ref={box} data-popover className={`popover ${className}`} style={spot} {...rest}>
      {children}
    </div>,
    document.body,
  );
}

// A menu of plain items: {label, icon?, hint?, danger?, onPick} or {divider: true}.
export function Menu({ items, onClose, ...rest }) {
  const list = useRef(null);
  useEffect(() => {
    list.current?.querySelector("button")?.focus({ preventScroll: true });
  }, []);
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...list.current.querySelectorAll("button")];
    const next = buttons.indexOf(document.activeElement) + step;
    buttons[(next + buttons.length) % buttons.length].focus();
  };
  return (
    <Popover onClose={onClose} className="menu" {...rest}>
      <div ref={list} role="menu" onKeyDown={move}>
        {items.map((item, i) =>
          item.divider ? (
            <hr key={i} />
          ) : (
            <button
              key={i}
              type="button"
              role="menuitem"
              className={item.danger ? "menu-item danger" : "menu-item"}
              onClick={() => {
                onClose();
                item.onPick();
              }}
              {...item.marks}
            >
              <span className="menu-label">{item.label}</span>
              {item.hint ? <span className="menu-hint">{item.hint}</span> : null}
            </button>
          ),
        )}
      </div>
    </Popover>
  );
}
