// A small dark note above what the pointer rests on. It takes no clicks and no focus.
import { useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

const GAP = 6;
const EDGE = 8;

export function Hint({ anchor, children, ...rest }) {
  const box = useRef(null);
  const [spot, setSpot] = useState({ left: -9999, top: -9999 });
  useLayoutEffect(() => {
    const a = anchor.getBoundingClientRect();
    const { width, height } = box.current.getBoundingClientRect();
    const left = Math.max(EDGE, Math.min(a.left + a.width / 2 - width / 2, innerWidth - width - EDGE));
    const above = a.top - height - GAP;
    setSpot({ left, top: above >= EDGE ? above : a.bottom + GAP });
  }, [anchor, children]);
  return createPortal(
    <div ref={box} className="hint-note" role="tooltip" style={spot} {...rest}>
      {children}
    </div>,
    document.body,
  );
}
