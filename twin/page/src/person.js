// What the acting person can do: become somebody, open a channel or a thread, say, edit, react, press, submit.
// Every refusal of the twin is shown to the person as one sentence at the bottom of the window.
import { applyEvent, merge, patchChannel } from "./events.js";
import { connect } from "./live.js";
import { readPlace, writePlace } from "./place.js";
import { findChannel, isAppChannel, NOTHING, threadKey } from "./store.js";

const PAGE = 60;
const MOST_TRIES = 4;
const KEPT_WHEN_LEAVING = 120;
const TOAST_MS = 5000;
const RETRY_MS = 1000;
const LAST = "twin-last-person";

// The twin answered, and the answer is no; unlike a twin that does not answer at all.
class Refusal extends Error {}

export function createPerson(store) {
  let hangUp = () => {};
  let toasts = 0;

  const say = (text, kind = "info") => {
    const id = ++toasts;
    store.set((s) => ({ toasts: [...s.toasts, { id, text, kind }] }));
    setTimeout(() => store.set((s) => ({ toasts: s.toasts.filter((t) => t.id !== id) })), TOAST_MS);
  };

  const ask = async (path, query = {}) => {
    const known = Object.entries({ as: store.get().as, ...query }).filter(([, v]) => v != null);
    const response = await fetch(`${path}?${new URLSearchParams(known)}`);
    const answer = await response.json();
    if (!response.ok || answer.ok === false) throw new Refusal(answer.say ?? answer.error ?? response.statusText);
    return answer;
  };

  // Does one deed and answers what the twin answered; {ok: false} when it refused or could not be reached.
  const act = async (deed, fields = {}, { quiet = false } = {}) => {
    let answer;
    try {
      const response = await fetch("/twin/act", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ as: store.get().as, deed, ...fields }),
      });
      answer = await response.json();
    } catch {
      answer = { ok: false, error: "unreachable", say: "The twin cannot be reached. Is it still running?" };
    }
    if (!answer.ok && !quiet) say(answer.say ?? answer.error ?? "That did not work.", "error");
    return answer;
  };

  const loadState = async (as) => {
    const answer = await ask("/twin/state", as ? { as } : {});
    store.set({
      as: answer.me.name,
      me: answer.me,
      ready: true,
      trouble: null,
      workspace: answer.workspace,
      app: answer.app ?? NOTHING.app,
      users: Object.fromEntries(answer.users.map((u) => [u.id, u])),
      usergroups: Object.fromEntries((answer.usergroups ?? []).map((g) => [g.id, g])),
      channels: answer.channels,
      commands: answer.commands ?? [],
      shortcuts: answer.shortcuts ?? [],
      home: answer.home ?? null,
      views: answer.views ?? [],
    });
  };

  // An answer and the live line travel apart: an event that comes while an answer is on its way may be newer than the
  // answer, which would then undo it. So what is asked for is asked again until nothing was heard meanwhile.
  let heard = 0;
  const askQuietly = async (path, wanted) => {
    for (let tries = 1; ; tries += 1) {
      const before = heard;
      const answer = await ask(path, wanted);
      if (heard === before || tries === MOST_TRIES) return answer;
    }
  };

  const loadMessages = async (channel, before) => {
    const as = store.get().as;
    const answer = await askQuietly("/twin/messages", { channel, before, limit: PAGE });
    if (store.get().as !== as) return;
    store.set((s) => {
      const known = before ? (s.lists[channel]?.messages ?? []) : [];
      const list = { messages: merge(known, answer.messages), hasMore: answer.has_more };
      return { lists: { ...s.lists, [channel]: list } };
    });
  };

  const loadThread = async (channel, ts) => {
    const as = store.get().as;
    const answer = await askQuietly("/twin/thread", { channel, ts });
    if (store.get().as !== as) return;
    store.set((s) => ({ threads: { ...s.threads, [threadKey(channel, ts)]: answer.messages } }));
  };

  const loadPlace = async () => {
    const { place } = store.get();
    if (!place.channel) return;
    try {
      const wanted = [loadMessages(place.channel)];
      if (place.thread) wanted.push(loadThread(place.channel, place.thread));
      await Promise.all(wanted);
    } catch (trouble) {
      say(trouble.message, "error");
    }
  };

  const listen = () => {
    hangUp();
    hangUp = connect(store.get().as, {
      onEvents: (events) => {
        heard += events.length;
        store.set((s) => events.reduce((now, event) => ({ ...now, ...applyEvent(now, event) }), s));
      },
      onOpen: async (again) => {
        store.set({ connected: true });
        try {
          // Also the first time: what happened between the first answers and the opening of the line was not told.
          await loadState(store.get().as);
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
    const name = channel && !channel.is_im ? channel.name : channel?.id;
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
      if (left && s.lists[left]?.messages.length > KEPT_WHEN_LEAVING) {
        const messages = s.lists[left].messages.slice(-KEPT_WHEN_LEAVING);
        patch.lists = { ...s.lists, [left]: { messages, hasMore: true } };
      }
    }
    store.set(patch);
    const isNewTab = isNewChannel || s.place.tab !== patch.place.tab;
    if (isApp && isNewTab && patch.place.tab !== "about") act("home", { tab: patch.place.tab });
  };

  // Opens a channel (by id or name), or a thread, tab or message in it, and keeps the address bar in step.
  const go = async (wanted, { replace = false } = {}) => {
    const s = store.get();
    const channel = wanted.channel ? findChannel(s, wanted.channel) : findChannel(s, s.place.channel);
    if (!channel) return say("There is no such channel, or you are not in it.", "error");
    settle({ ...wanted, channel });
    writePlace(addressOf(store.get()), { replace });
    const { lists, threads, place } = store.get();
    try {
      if (!lists[channel.id]) await loadMessages(channel.id);
      if (place.thread && !threads[threadKey(channel.id, place.thread)]) {
        await loadThread(channel.id, place.thread);
      }
    } catch (trouble) {
      say(trouble.message, "error");
    }
  };

  const begin = async (as, wanted) => {
    hangUp();
    store.set((s) => ({ ...NOTHING, as, toasts: s.toasts }));
    try {
      await loadState(as);
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

  return {
    say,
    act,
    go,
    begin,
    start: () => begin(readPlace().as ?? localStorage.getItem(LAST), readPlace()),
    become: (as) => {
      const { place, channels } = store.get();
      const channel = channels.find((c) => c.id === place.channel);
      const stays = channel && !channel.is_im ? channel.name : null;
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
    older: (channel) => {
      const oldest = store.get().lists[channel]?.messages[0]?.ts;
      return loadMessages(channel, oldest).catch((trouble) => say(trouble.message, "error"));
    },
    // The person has the newest messages before their eyes: the channel is no longer bold.
    seen: (channel) => {
      if (!store.get().channels.find((c) => c.id === channel)?.unread) return;
      store.set((s) => ({ channels: patchChannel(s.channels, channel, { unread: 0 }) }));
      act("read", { channel }, { quiet: true });
    },
    upload: async (channel, files, { text, thread_ts } = {}) => {
      const form = new FormData();
      form.set("as", store.get().as);
      form.set("channel", channel);
      if (thread_ts) form.set("thread_ts", thread_ts);
      if (text) form.set("text", text);
      for (const file of files) form.append("file", file, file.name);
      const response = await fetch("/twin/upload", { method: "POST", body: form }).catch(() => null);
      const answer = response ? await response.json() : { ok: false, say: "The twin cannot be reached." };
      if (answer.ok === false) say(answer.say ?? answer.error, "error");
      return answer;
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
    options: (fields) => act("options", fields),
    show: (panel) => store.set({ panel }),
    edit: (editing) => store.set({ editing }),
  };
}

const pick = (lists, id) => (id && lists[id] ? { [id]: lists[id] } : {});
