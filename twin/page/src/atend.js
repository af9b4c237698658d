// Staying at the newest message as a list grows, but never under somebody's finger: what is being pressed must not move
// away before it is let go of, or the click goes to whatever has come in its place.
import { useCallback, useEffect, useRef } from "react";

// `isAtEnd` tells whether the person is there. Returns the function that goes to the end, now or after the press.
export function useEnd(box, isAtEnd) {
  const isPressed = useRef(false);
  const toEnd = useCallback(() => {
    if (box.current && !isPressed.current) box.current.scrollTop = box.current.scrollHeight;
  }, [box]);

  useEffect(() => {
    const list = box.current;
    // A press on the scroll bar is one on the list itself, whose end no browser tells.
    const down = (event) => {
      isPressed.current = event.target !== list;
    };
    // The click comes after the pointer has gone up.
    const up = () =>
      setTimeout(() => {
        if (!isPressed.current) return;
        isPressed.current = false;
        if (isAtEnd.current) toEnd();
      });
    list.addEventListener("pointerdown", down);
    document.addEventListener("pointerup", up);
    document.addEventListener("pointercancel", up);
    return () => {
      list.removeEventListener("pointerdown", down);
      document.removeEventListener("pointerup", up);
      document.removeEventListener("pointercancel", up);
    };
  }, [box, isAtEnd, toEnd]);

  return toEnd;
}
