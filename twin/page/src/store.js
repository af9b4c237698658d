// What a person sees is drawn from one value kept here: who they are, what they have open, what was said.
// Components read a part of it with `useStore(select)` and are drawn again only when that part changes.
import { createContext, useContext, useSyncExternalStore } from "react";

export const NOTHING = {
  as: null,
  me: null,
  ready: false,
  trouble: null,
  mustSayWho: false,
  connected: true,
  workspace: { id: "", name: "", domain: "" },
  workspaces: [],
  people: [],
  app: { id: "", name: "", bot_user_id: "" },
  users: {},
  usergroups: {},
  channels: [],
  commands: [],
  shortcuts: [],
  functions: [],
  assistant: [],
  follows: {},
  home: null,
  views: [],
  place: { channel: null, tab: "messages", thread: null, message: null },
  lists: {},
  threads: {},
  newFrom: {},
  // Channels in which the person has scrolled up, and those they marked as unread by hand.
  scrolledUp: {},
  keptUnread: {},
  typing: {},
  editing: null,
  confirm: null,
  lightbox: null,
  toasts: [],
  panel: null,
  side: null,
};

export function createStore(initial = NOTHING) {
  let state = initial;
  const listeners = new Set();
  return {
    get: () => state,
    set(change) {
      const patch = typeof change === "function" ? change(state) : change;
      if (!patch || patch === state) return;
      state = { ...state, ...patch };
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const Twin = createContext(null);

export const usePerson = () => useContext(Twin).person;

export function useStore(select) {
  const { store } = useContext(Twin);
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

export const threadKey = (channel, ts) => `${channel}/${ts}`;

export const isReply = (message) => Boolean(message.thread_ts && message.thread_ts !== message.ts);

export const isAppChannel = (state, channel) =>
  Boolean(channel) &&
  (channel.is_app_dm ??
    (Boolean(channel.is_im) &&
      (channel.user === state.app.bot_user_id || (channel.members ?? []).includes(state.app.bot_user_id))));

export const isDirect = (channel) => Boolean(channel?.is_im || channel?.is_mpim);

export const isAgent = (state) => /^(agent|assistant)_view$/.test(state.app.kind ?? "");

export const findChannel = (state, name) => {
  if (!name) return undefined;
  const bare = name.replace(/^[#@]/, "");
  return state.channels.find((c) => c.id === bare) ?? state.channels.find((c) => c.name === bare);
};
