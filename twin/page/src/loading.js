// Fetching what the window shows: who and where one is, pages of a conversation, threads. However long a
// conversation is, only a stretch of it is kept; scrolling on loads the next page and lets go of the far end.
import { merge, trim } from "./events.js";
import { NOTHING, threadKey } from "./store.js";

const PAGE = 60;
const MOST_TRIES = 4;

export function createLoading(store, ask) {
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

  const stillMe = async (work) => {
    const { as } = store.get();
    const answer = await work();
    return store.get().as === as ? answer : null;
  };

  const putList = (channel, list) => store.set((s) => ({ lists: { ...s.lists, [channel]: list } }));

  const state = async (as) => {
    const answer = await askQuietly("/twin/state", as ? { as } : {});
    const people = answer.people ?? [];
    const isShared = people.filter((p) => p.handle === answer.me.name).length > 1;
    store.set({
      as: isShared ? answer.me.id : answer.me.name,
      me: answer.me,
      ready: true,
      trouble: null,
      workspace: answer.workspace,
      workspaces: answer.workspaces ?? [answer.workspace],
      people,
      app: answer.app ?? NOTHING.app,
      users: Object.fromEntries(answer.users.map((u) => [u.id, u])),
      usergroups: Object.fromEntries((answer.usergroups ?? []).map((g) => [g.id, g])),
      channels: answer.channels,
      commands: answer.commands ?? [],
      shortcuts: answer.shortcuts ?? [],
      functions: answer.functions ?? [],
      assistant: answer.assistant ?? [],
      follows: Object.fromEntries((answer.threads ?? []).map((t) => [threadKey(t.channel, t.thread_ts), t])),
      home: answer.home ?? null,
      views: answer.views ?? [],
    });
  };

  const newest = async (channel) => {
    const answer = await stillMe(() => askQuietly("/twin/messages", { channel, limit: PAGE }));
    if (answer) putList(channel, { messages: answer.messages, hasMore: answer.has_more, hasNewer: false });
  };

  const older = async (channel) => {
    const before = store.get().lists[channel]?.messages[0]?.ts;
    const answer = await stillMe(() => askQuietly("/twin/messages", { channel, before, limit: PAGE }));
    const known = store.get().lists[channel];
    if (!answer || !known) return;
    const all = { ...known, messages: merge(known.messages, answer.messages), hasMore: answer.has_more };
    putList(channel, trim(all, "newest"));
  };

  const newer = async (channel) => {
    const after = store.get().lists[channel]?.messages.at(-1)?.ts;
    const answer = await stillMe(() => askQuietly("/twin/messages", { channel, after, limit: PAGE }));
    const known = store.get().lists[channel];
    if (!answer || !known) return;
    const all = { ...known, messages: merge(known.messages, answer.messages), hasNewer: answer.has_more };
    putList(channel, trim(all, "oldest"));
  };

  // The stretch of a conversation around one message, for a link into the past.
  const around = async (channel, ts) => {
    const both = await stillMe(() =>
      Promise.all([
        askQuietly("/twin/messages", { channel, before: nextAfter(ts), limit: PAGE / 2 }),
        askQuietly("/twin/messages", { channel, after: ts, limit: PAGE / 2 }),
      ]),
    );
    if (!both) return;
    const [before, after] = both;
    putList(channel, {
      messages: merge(before.messages, after.messages),
      hasMore: before.has_more,
      hasNewer: after.has_more,
    });
  };

  const thread = async (channel, ts) => {
    const answer = await stillMe(() => askQuietly("/twin/thread", { channel, ts }));
    if (answer) store.set((s) => ({ threads: { ...s.threads, [threadKey(channel, ts)]: answer.messages } }));
  };

  const hear = (count) => {
    heard += count;
  };
  return { state, newest, older, newer, around, thread, hear };
}

// Timestamps are text; one more digit makes the next one after this message and before any other.
const nextAfter = (ts) => `${ts}0`;
