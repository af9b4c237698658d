// The ground that blocks stand on: a message, a modal or App Home. It knows what has been chosen on it, and sends
// a press of a button or a choice to the app, asking "are you sure?" first where the app wants that.
import { createContext, useCallback, useContext, useMemo, useRef, useState } from "react";
import { usePerson } from "./store.js";
import { startValues, withValue } from "./values.js";

const Surface = createContext(null);

export const useSurface = () => useContext(Surface);

// `container` is {channel, ts} or {view_id}. A modal keeps its values itself and passes `values` and `onValues`.
export function BlockSurface({ container, kind, blocks, values, onValues, errors, children }) {
  const person = usePerson();
  const [ownValues, setOwnValues] = useState(() => startValues(blocks));
  const [drawn, setDrawn] = useState(blocks);
  const [busy, setBusy] = useState(null);
  const held = useRef(null);

  if (drawn !== blocks) {
    setDrawn(blocks);
    setOwnValues(startValues(blocks));
  }
  held.current = values ?? ownValues;

  const put = useCallback(
    (block_id, action_id, value) => {
      const next = withValue(held.current, block_id, action_id, value);
      held.current = next;
      if (onValues) onValues(next);
      else setOwnValues(next);
    },
    [onValues],
  );

  const press = useCallback(
    async (element, block_id, extra) => {
      if (element.confirm && !(await person.confirm(element.confirm))) return false;
      const key = `${block_id}/${element.action_id}/${extra.value ?? ""}`;
      setBusy(key);
      const action = { block_id, action_id: element.action_id, type: element.type, ...extra };
      const state = container.view_id ? { state: held.current } : {};
      await person.act("action", { ...container, action, ...state });
      setBusy((now) => (now === key ? null : now));
      return true;
    },
    [person, container],
  );

  const ground = useMemo(
    () => ({ container, kind, values: values ?? ownValues, put, press, errors: errors ?? {}, busy }),
    [container, kind, values, ownValues, put, press, errors, busy],
  );
  return <Surface.Provider value={ground}>{children}</Surface.Provider>;
}

// What one element holds, and the function that changes it; `send` also tells the app (block_actions).
export function useHeld(block, element) {
  const { values, put, press, kind } = useSurface();
  const held = values[block.block_id]?.[element.action_id] ?? null;
  const tellsApp = block.type !== "input" || block.dispatch_action;
  const change = async (content, { send = tellsApp } = {}) => {
    const before = held;
    put(block.block_id, element.action_id, { type: element.type, ...content });
    if (send && !(await press(element, block.block_id, content))) {
      put(block.block_id, element.action_id, before);
    }
  };
  return { held, change, tellsApp, kind };
}

// The attributes by which a test or a script finds an element.
export const marks = (element, block) => ({
  "data-action-id": element.action_id,
  "data-block-id": block.block_id,
  "data-value": element.value,
});
