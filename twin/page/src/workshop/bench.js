// What the workshop knows and does: it asks the twin twice a second what happened while somebody looks, and passes on
// what is pressed. A twin that was started anew is noticed by its smaller numbers, and read from the beginning.
import { createContext, useContext, useSyncExternalStore } from "react";
import { createStore } from "../store.js";
import { createLedger } from "./ledger.js";
import { createNames } from "./names.js";

const EVERY = 500;
const PAGE = 500;
const NOTICE_MS = 6000;

const EMPTY = {
  rows: [],
  version: 0,
  state: null,
  heardAt: 0,
  trouble: null,
  text: "",
  kind: "all",
  onlyTrouble: false,
  pausedAt: null,
  clearedAt: 0,
  selected: null,
  aboutRows: null,
  notice: null,
};

export function createBench() {
  const store = createStore(EMPTY);
  const ledger = createLedger();
  const names = createNames();
  let since = 0;
  let timer = null;
  let isRunning = false;
  let notices = 0;
  let about = null;

  const say = (text, tone = "bad") => {
    const id = ++notices;
    store.set({ notice: { id, text, tone } });
    setTimeout(() => store.get().notice?.id === id && store.set({ notice: null }), NOTICE_MS);
  };

  const get = async (path) => answerOf(await fetch(`/twin/admin/${path}`));

  const shown = () => ({ rows: ledger.rows(), version: store.get().version + 1 });

  const readTraffic = async () => {
    let isNew = false;
    for (;;) {
      const answer = await get(`traffic?since=${since}&limit=${PAGE}`);
      if (answer.next < since) {
        ledger.forget();
        since = 0;
        store.set({ ...shown(), clearedAt: 0, pausedAt: null, selected: null });
        continue;
      }
      since = answer.next;
      if (answer.rows.length) {
        ledger.take(answer.rows);
        for (const row of answer.rows) names.learn(row);
        store.set(shown());
        isNew = true;
      }
      if (answer.rows.length < PAGE || !isRunning) return isNew;
    }
  };

  const readState = async () => {
    const state = await get("state");
    store.set({ state, heardAt: Date.now(), trouble: null });
    return state;
  };

  const readAbout = async () => {
    const asked = about;
    if (!asked) return;
    const query = new URLSearchParams(asked.view ? { view: asked.view } : { channel: asked.channel, ts: asked.ts });
    if (asked.isWhole) query.set("thread", "1");
    const { rows } = await get(`about?${query}`);
    for (const row of rows) names.learn(row);
    if (about === asked) store.set({ aboutRows: rows });
  };

  const look = async () => {
    clearTimeout(timer);
    if (!isRunning) return;
    try {
      if (!document.hidden) {
        await readState();
        const isNew = await readTraffic();
        if (isNew) await readAbout();
      }
    } catch (trouble) {
      store.set({ trouble: trouble.message });
    }
    clearTimeout(timer);
    if (isRunning) timer = setTimeout(look, EVERY);
  };

  // Does one thing on the twin and answers what it said, or null when it refused; the refusal is shown.
  const tell = async (path, body, { isQuiet = false } = {}) => {
    const isText = typeof body === "string";
    const headers = { "content-type": isText ? "application/x-ndjson" : "application/json" };
    try {
      const sent = await fetch(`/twin/admin/${path}`, {
        method: "POST",
        headers,
        body: isText ? body : JSON.stringify(body ?? {}),
      });
      const answer = await answerOf(sent);
      await readState();
      return answer;
    } catch (trouble) {
      if (!isQuiet) say(trouble.message);
      return null;
    }
  };

  return {
    store,
    names,
    say,
    tell,
    find: (n) => ledger.find(n) ?? store.get().aboutRows?.find((row) => row.n === n),
    start() {
      if (isRunning) return;
      isRunning = true;
      look();
    },
    stop() {
      isRunning = false;
      clearTimeout(timer);
    },
    filter: (patch) => store.set(patch),
    select: (n) => store.set({ selected: n }),
    pause: () => store.set((s) => ({ pausedAt: s.pausedAt == null ? ledger.last() : null })),
    clear: () => store.set({ clearedAt: ledger.last(), selected: null, pausedAt: null }),
    // Shows the rows of one message or view only; null shows all again.
    look(wanted) {
      about = wanted;
      store.set({ aboutRows: wanted ? [] : null, selected: null });
      return readAbout().catch((trouble) => say(trouble.message));
    },
  };
}

async function answerOf(response) {
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(response.status === 404 ? "This twin has no workshop." : text.slice(0, 200) || "No answer.");
  }
  if (!response.ok || answer.ok === false) throw new Error(answer.say ?? answer.error ?? response.statusText);
  return answer;
}

export const Bench = createContext(null);

export const useBench = () => useContext(Bench).bench;

// What the window around the workshop offers: jump(place), zone, and what lies open in it.
export const useHost = () => useContext(Bench).host;

export function useOnBench(select) {
  const { store } = useBench();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
