// A picture, large, over everything: the wheel and the plus and minus keys zoom, dragging moves it, arrows go to the
// next and the previous one of the same message, and it can be downloaded.
import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { usePerson, useStore } from "./store.js";
import { dateOf, fullTime } from "./time.js";

const MOST = 8;
const LEAST = 1;
const STEP = 1.4;
const FITTED = { zoom: 1, x: 0, y: 0 };

export function Lightbox() {
  const shown = useStore((s) => s.lightbox);
  return shown ? <Large pictures={shown.pictures} first={shown.at ?? 0} /> : null;
}

function Large({ pictures, first }) {
  const person = usePerson();
  const users = useStore((s) => s.users);
  const zone = useStore((s) => s.me.tz);
  const [at, setAt] = useState(first);
  const [view, setView] = useState(FITTED);
  const drag = useRef(null);
  const box = useRef(null);
  const picture = pictures[at];

  const close = () => person.look(null);
  const step = (by) => {
    setView(FITTED);
    setAt((i) => (i + by + pictures.length) % pictures.length);
  };
  const zoomBy = (factor) =>
    setView((v) => {
      const zoom = Math.max(LEAST, Math.min(MOST, v.zoom * factor));
      const share = zoom / v.zoom;
      return zoom === 1 ? FITTED : { zoom, x: v.x * share, y: v.y * share };
    });

  useEffect(() => {
    const before = document.activeElement;
    box.current.focus();
    return () => before?.focus?.();
  }, []);

  const keys = (event) => {
    const act = {
      Escape: close,
      ArrowRight: () => pictures.length > 1 && step(1),
      ArrowLeft: () => pictures.length > 1 && step(-1),
      "+": () => zoomBy(STEP),
      "=": () => zoomBy(STEP),
      "-": () => zoomBy(1 / STEP),
      0: () => setView(FITTED),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const press = (event) => {
    if (view.zoom === 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX - view.x, y: event.clientY - view.y };
  };
  const move = (event) => {
    if (!drag.current) return;
    const { x, y } = drag.current;
    setView((v) => ({ ...v, x: event.clientX - x, y: event.clientY - y }));
  };

  return (
    <div
      ref={box}
      className="lightbox"
      role="dialog"
      aria-modal="true"
      aria-label={picture.name}
      data-testid="lightbox"
      tabIndex={-1}
      onKeyDown={keys}
    >
      <header>
        <span className="lightbox-words">
          <strong>{picture.name}</strong>
          <small>
            {nameOf(users[picture.by])}
            {picture.at ? ` · ${fullTime(dateOf(picture.at), zone)}` : ""}
            {pictures.length > 1 ? ` · ${at + 1} of ${pictures.length}` : ""}
          </small>
        </span>
        <button type="button" aria-label="Zoom out" disabled={view.zoom === 1} onClick={() => zoomBy(1 / STEP)}>
          <Icon name="minus" />
        </button>
        <span className="lightbox-zoom" aria-live="polite">
          {Math.round(view.zoom * 100)}%
        </span>
        <button type="button" aria-label="Zoom in" data-testid="zoom-in" onClick={() => zoomBy(STEP)}>
          <Icon name="plus" />
        </button>
        <a href={picture.download} download={picture.name} aria-label="Download" data-testid="download">
          <Icon name="down" />
        </a>
        <button type="button" aria-label="Close" data-testid="lightbox-close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div
        className="lightbox-ground"
        onWheel={(event) => zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15)}
        onClick={(event) => event.target === event.currentTarget && close()}
      >
        <img
          key={picture.src}
          src={picture.src}
          alt={picture.alt ?? picture.name}
          draggable={false}
          className={view.zoom > 1 ? "zoomed" : ""}
          style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}
          onDoubleClick={() => (view.zoom > 1 ? setView(FITTED) : zoomBy(STEP * STEP))}
          onPointerDown={press}
          onPointerMove={move}
          onPointerUp={() => (drag.current = null)}
        />
      </div>
      {pictures.length > 1 ? (
        <>
          <button type="button" className="lightbox-step left" aria-label="Previous picture" onClick={() => step(-1)}>
            <Icon name="back" size={28} />
          </button>
          <button
            type="button"
            className="lightbox-step right"
            aria-label="Next picture"
            data-testid="next-picture"
            onClick={() => step(1)}
          >
            <Icon name="next" size={28} />
          </button>
        </>
      ) : null}
    </div>
  );
}
