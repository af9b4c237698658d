// What the acting person can do: become somebody, open a channel or a thread, look something up, mark as read or
// unread, answer a question. What they do to messages and channels goes to the twin as it is, by `act`.
import { createAsking, Refusal } from "./ask.js";
import { applyEvent, patchChannel } from "./events.js";
import { withoutUnread } from "./follows.js";
import { connect } from "./live.js";
import { createLoading } from "./loading.js";
import { readPlace, writePlace } from "./place.js";
import { findChannel, isAppChannel, isDirect, isReply, NOTHING, threadKey } from "./store.js";
import { isBold, unreadFollows } from "./unread.js";

const KEPT_WHEN_LEAVING = 120;
const THREADS_KEPT = 12;
const RETRY_MS = 1000;
const TYPING_PAUSE_MS = 3000;
const LAST = "twin-last-person";

export function createPerson(store) {
  let hangUp = () => {};
  let typedAt = -Infinity;
  const { say, ask, act, upload } = createAsking(store);
  const load = createLoading(store, ask);
  const without = (work) => work.catch((trouble) => say(trouble.message, "error"));

  const reaches = (list, ts) => list?.messages.some((m) => m.ts === ts) || (list && !list.hasMore && !list.hasNewer);

  const loadPlace = () => {
    const { place } = store.get();
    if (!place.channel) return undefined;
    const isPast = place.message && !place.thread;
    const wanted = [
      isPast ? load.around(place.channel, place.message) : load.newest(place.channel),
      ...(place.thread ? [load.thread(place.channel, place.thread)] : []),
    ];
    return without(Promise.all(wanted));
  };

  const listen = () => {
    hangUp();
    hangUp = connect(store.get().as, {
      onEvents: (events) => {
        load.hear(events.length);
        store.set((s) => events.reduce((now, event) => ({ ...now, ...applyEvent(now, event) }), s));
      },
      onOpen: async (again) => {
        store.set({ connected: true });
        try {
          // Also the first time: what happened between the first answers and the opening of the line was not told.
          await load.state(store.get().as);
          if (again) store.set((s) => ({ lists: pick(s.lists, s.place.channel), threads: {} }));
          await loadPlace();
        } catch (trouble) {
          say(trouble.message, "error");
        }
      },
      onLost: () => store.set({ connected: false }),
    });
  };

  const addressOf = (s) => {
    const channel = s.channels.find((c) => c.id === s.place.channel);
    const name = channel && !channel.is_im && !channel.is_mpim ? channel.name : channel?.id;
    return { ...s.place, as: s.as, channel: name };
  };

  const firstPlace = (s, wanted) => {
    const channel =
      findChannel(s, wanted.channel) ??
      s.channels.find((c) => c.name === "general" && c.is_member) ??
      s.channels.find((c) => c.is_member && !c.is_im) ??
      s.channels[0];
    return { channel, thread: wanted.thread, message: wanted.message, tab: wanted.tab };
  };

  const settle = ({ channel, thread = null, message = null, tab }) => {
    const s = store.get();
    const isApp = isAppChannel(s, channel);
    const left = s.place.channel;
    const isNewChannel = left !== channel?.id;
    const patch = {
      place: { channel: channel?.id ?? null, thread, message, tab: isApp ? (tab ?? "messages") : "messages" },
      editing: null,
    };
    if (isNewChannel) {
      const since = channel?.unread ? { unread: channel.unread, after: channel.last_read } : null;
      patch.newFrom = { ...s.newFrom, [channel?.id]: since };
      patch.keptUnread = { ...s.keptUnread, [channel?.id]: undefined };
      patch.scrolledUp = {};
      patch.lists = forget(s.lists, left);
      patch.threads = lastOf(s.threads, THREADS_KEPT);
      if (s.side?.what === "details") patch.side = null;
    }
    store.set(patch);
    const isNewTab = isNewChannel || s.place.tab !== patch.place.tab;
    // The conversation with an agent is opened by a deed of its own, which tells the app as well.
    const isChat = s.app.kind === "agent_view" && patch.place.tab === "messages";
    if (isApp && isNewTab && !isChat && /^(home|messages)$/.test(patch.place.tab)) {
      act("home", { tab: patch.place.tab });
    }
    if (isNewChannel && s.side?.what === "agent" && channel && !isApp) {
      act("agent_context", { channel_id: channel.id }, { quiet: true });
    }
  };

  // Opens a channel (by id or name), or a thread, tab or message in it, and keeps the address bar in step.
  const go = async (wanted, { replace = false } = {}) => {
    const s = store.get();
    const channel = wanted.channel ? findChannel(s, wanted.channel) : findChannel(s, s.place.channel);
    if (!channel) return say("There is no such channel, or you are not in it.", "error");
    if (s.panel === "threads") store.set({ panel: null });
    settle({ ...wanted, channel });
    writePlace(addressOf(store.get()), { replace });
    const { lists, threads, place } = store.get();
    const list = lists[channel.id];
    const wants = [];
    if (place.message && !place.thread && !reaches(list, place.message)) {
      wants.push(load.around(channel.id, place.message));
    } else if (!list) {
      wants.push(load.newest(channel.id));
    }
    if (place.thread) {
      if (!threads[threadKey(channel.id, place.thread)]) wants.push(load.thread(channel.id, place.thread));
      readThread(channel.id, place.thread);
    }
    return without(Promise.all(wants));
  };

  const begin = async (as, wanted) => {
    hangUp();
    store.set((s) => ({ ...NOTHING, as, toasts: s.toasts }));
    try {
      await load.state(as);
    } catch (trouble) {
      if (trouble instanceof Refusal) {
        localStorage.removeItem(LAST);
        if (as && !wanted.as) return begin(null, wanted);
        store.set({ trouble: trouble.message, mustSayWho: true });
      } else {
        store.set({ trouble: "It may still be starting, or it was stopped." });
        setTimeout(() => store.get().trouble && begin(as, wanted), RETRY_MS);
      }
      return undefined;
    }
    localStorage.setItem(LAST, store.get().as);
    listen();
    settle(firstPlace(store.get(), wanted));
    writePlace(addressOf(store.get()), { replace: true });
    return loadPlace();
  };

  const seen = (channel) => {
    const s = store.get();
    if (s.keptUnread[channel] || !s.channels.find((c) => c.id === channel)?.unread) return;
    store.set({ channels: patchChannel(s.channels, channel, { unread: 0, mentions: 0 }) });
    act("read", { channel }, { quiet: true });
  };

  const readThread = (channel, ts) => {
    const s = store.get();
    const follows = withoutUnread(s.follows, threadKey(channel, ts));
    if (follows === s.follows) return;
    store.set({ follows });
    act("read_thread", { channel, ts }, { quiet: true });
  };

  return {
    say,
    ask,
    act,
    upload,
    go,
    begin,
    seen,
    readThread,
    start: () => begin(readPlace().as ?? localStorage.getItem(LAST), readPlace()),
    become: (as) => {
      const { place, channels } = store.get();
      const channel = channels.find((c) => c.id === place.channel);
      const stays = channel && !channel.is_im && !channel.is_mpim ? channel.name : null;
      writePlace({ as, channel: stays });
      return begin(as, { channel: stays });
    },
    returnTo: () => {
      const wanted = readPlace();
      const s = store.get();
      if (wanted.as && wanted.as !== s.as) return begin(wanted.as, wanted);
      return go({ ...wanted, channel: wanted.channel ?? s.place.channel }, { replace: true });
    },
    openThread: (channel, ts) => go({ channel, thread: ts, tab: "messages" }),
    closeThread: () => go({ channel: store.get().place.channel, tab: store.get().place.tab }),
    openTab: (tab) => go({ channel: store.get().place.channel, tab }),
    loadThread: (channel, ts) => without(load.thread(channel, ts)),
    older: (channel) => without(load.older(channel)),
    newer: (channel) => without(load.newer(channel)),
    newest: (channel) => without(load.newest(channel)),
    // Where the person stands in a channel decides whether new messages may push old ones out of memory.
    standUp: (channel, isUp) => {
      if (Boolean(store.get().scrolledUp[channel]) === isUp) return;
      store.set((s) => ({ scrolledUp: { ...s.scrolledUp, [channel]: isUp } }));
    },
    // What arrives from now on is new to somebody who looks away.
    lookAway: (channel) =>
      store.set((s) => {
        const known = s.channels.find((c) => c.id === channel);
        if (!known || known.unread || s.keptUnread[channel]) return null;
        return { newFrom: { ...s.newFrom, [channel]: { unread: 0, after: known.last_ts ?? "" } } };
      }),
    markUnread: async (channel, message) => {
      if (isReply(message) && message.subtype !== "thread_broadcast") return;
      store.set((s) => ({
        keptUnread: { ...s.keptUnread, [channel]: message.ts },
        newFrom: { ...s.newFrom, [channel]: { from: message.ts } },
      }));
      await act("unread", { channel, ts: message.ts });
    },
    markRead: (channel) => {
      store.set((s) => ({
        keptUnread: { ...s.keptUnread, [channel]: undefined },
        newFrom: { ...s.newFrom, [channel]: null },
      }));
      seen(channel);
    },
    markAllRead: () => {
      const s = store.get();
      store.set({ keptUnread: {}, newFrom: {} });
      for (const channel of s.channels.filter(isBold)) seen(channel.id);
      for (const thread of unreadFollows(s)) readThread(thread.channel, thread.thread_ts);
    },
    toggleReaction: (channel, message, name) => {
      const mine = message.reactions?.some((r) => r.name === name && r.users.includes(store.get().me.id));
      return act(mine ? "unreact" : "react", { channel, ts: message.ts, name });
    },
    // Asks "are you sure?" in the words of a Block Kit confirm object; resolves to true or false.
    confirm: (confirm) =>
      new Promise((resolve) =>
        store.set({
          confirm: {
            ...confirm,
            answer: (yes) => {
              store.set({ confirm: null });
              resolve(yes);
            },
          },
        }),
      ),
    // Opens the conversation with these people, wherever one is.
    message: async (users) => {
      const answer = await act("dm", { users });
      if (answer.ok === false) return answer;
      if (!findChannel(store.get(), answer.channel)) await without(load.state(store.get().as));
      store.set({ panel: null });
      await go({ channel: answer.channel });
      return answer;
    },
    // A conversation that is closed leaves the list; whoever stands in it goes elsewhere.
    leaveDirect: async (channel) => {
      const answer = await act("close_dm", { channel });
      if (answer.ok === false) return;
      store.set((s) => ({ channels: patchChannel(s.channels, channel, { is_closed: true }) }));
      const s = store.get();
      const elsewhere = s.channels.find((c) => c.is_member && !isDirect(c));
      if (s.place.channel === channel && elsewhere) await go({ channel: elsewhere.id });
    },
    // Told at most every few seconds, so that the others see "… is typing".
    type: (channel) => {
      if (performance.now() - typedAt < TYPING_PAUSE_MS) return;
      typedAt = performance.now();
      act("typing", { channel }, { quiet: true });
    },
    // The twin tells of a new channel by the live line, which may come after its answer.
    open: async (channel) => {
      if (!findChannel(store.get(), channel)) await without(load.state(store.get().as));
      return go({ channel });
    },
    options: (fields) => act("options", fields),
    show: (panel) => store.set({ panel }),
    beside: (side) => store.set({ side }),
    look: (lightbox) => store.set({ lightbox }),
    edit: (editing) => store.set({ editing }),
  };
}

const pick = (lists, id) => (id && lists[id] ? { [id]: lists[id] } : {});

const lastOf = (threads, count) => Object.fromEntries(Object.entries(threads).slice(-count));

// A conversation that is left is kept only in part; one that was left in the middle of its past, not at all.
function forget(lists, id) {
  const list = lists[id];
  if (!list) return lists;
  const { [id]: _, ...others } = lists;
  if (list.hasNewer) return others;
  if (list.messages.length <= KEPT_WHEN_LEAVING) return lists;
  return { ...others, [id]: { ...list, messages: list.messages.slice(-KEPT_WHEN_LEAVING), hasMore: true } };
}
