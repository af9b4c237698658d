// What one row of the timeline says in words: what it is called, where it happened, what it was about, how it ended,
// which message it made, and what one should be warned of. Pure functions of a row as the twin tells it.

const SLOW_ACK = 1000;
const SLOW_CALL = 1000;
export const DEADLINE = 3000;

const KINDS = { events_api: "event", interactive: "click", slash_commands: "command" };

const known = new WeakMap();

// {kind, name, channel, user, words, tone, state, ms, place, view, warnings} of a row.
export function read(row) {
  let reading = known.get(row);
  if (!reading) {
    reading = row.way === "call" ? readCall(row) : readDelivery(row);
    known.set(row, reading);
  }
  return reading;
}

export const isTrouble = (row) => ["bad", "warn"].includes(read(row).tone) || read(row).warnings.length > 0;

// Structures that an app sends as text inside a form are looked at as what they are.
export function opened(value) {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function readCall(row) {
  const { method, args = {}, response } = row;
  const message = response?.message;
  const channel = idOf(args.channel ?? args.channel_id ?? response?.channel);
  const ts = args.timestamp ?? args.ts ?? args.message_ts ?? message?.ts ?? response?.ts;
  const isMessage = /^(chat\.|reactions\.|pins\.|response_url$)/.test(method) && channel && ts && response?.ok !== false;
  const view = response?.view?.id ?? args.view_id;
  return {
    kind: "call",
    name: method,
    channel,
    user: idOf(args.user ?? args.users ?? args.user_id),
    words: wordsOfCall(method, args, response),
    ...endOfCall(row),
    ms: row.ms,
    place: isMessage ? { channel, ts, thread_ts: args.thread_ts ?? message?.thread_ts } : null,
    view: view ? { view, title: textOf(response?.view?.title ?? opened(args.view)?.title) } : null,
    warnings: warningsOfCall(row),
  };
}

const idOf = (value) => (typeof value === "string" ? value : value?.id);

const textOf = (value) => (typeof value === "string" ? value : (value?.text ?? ""));

function wordsOfCall(method, args, response) {
  if (args.name && method.startsWith("reactions.")) return `:${args.name}:`;
  const view = opened(args.view);
  if (view) return textOf(view.title) || wordsOfBlocks(view.blocks) || view.callback_id || view.type || "";
  const said = args.text || args.markdown_text || wordsOfBlocks(opened(args.blocks));
  const rest = args.status ?? args.title ?? args.filename ?? args.topic ?? args.purpose ?? args.name ?? args.query;
  return textOf(said || rest || response?.url || "");
}

function wordsOfBlocks(blocks) {
  if (!Array.isArray(blocks)) return "";
  for (const block of blocks) {
    const text = textOf(block.text) || textOf(block.title) || block.elements?.map(wordsInside).join("");
    if (text) return text;
  }
  return "";
}

const wordsInside = (element) =>
  textOf(element.text) || (Array.isArray(element.elements) ? element.elements.map(wordsInside).join("") : "");

function endOfCall({ status, response, fault }) {
  const error = response?.error;
  if (status === 429 || error === "ratelimited") return { tone: "warn", state: waitWords(response) };
  if (status >= 500) return { tone: "bad", state: `${status}` };
  if (fault === "drop_answer" || status === 0) return { tone: "bad", state: "answer lost" };
  if (response?.ok === false) return { tone: "bad", state: error ?? "failed" };
  return { tone: "ok", state: "ok" };
}

const waitWords = (response) => (response?.retry_after ? `429, wait ${response.retry_after} s` : "429");

function warningsOfCall({ method, args, response, ms }) {
  const told = response?.response_metadata;
  const found = new Set([...(told?.warnings ?? []), ...(told?.messages ?? [])]);
  if (response?.warning) for (const one of response.warning.split(",")) found.add(one);
  if (response?.deprecated_argument) found.add(`${response.deprecated_argument} is deprecated`);
  if (ms > SLOW_CALL && response) found.add(`This call took ${seconds(ms)}.`);
  const hasNoText = /^chat\.(post|update)/.test(method) && args?.blocks && !args.text;
  if (hasNoText) found.add("Blocks without text: notifications and screen readers have nothing to say.");
  return [...found];
}

function readDelivery(row) {
  const { payload = {} } = row;
  const event = payload.event ?? {};
  const item = event.item ?? event.message_ref ?? {};
  const message = event.message ?? event.previous_message ?? payload.message;
  const container = payload.container ?? {};
  const channel = idOf(
    event.channel ?? item.channel ?? payload.channel ?? payload.channel_id ?? container.channel_id ?? event.channel_id,
  );
  const ts = item.ts ?? container.message_ts ?? message?.ts ?? event.ts ?? event.deleted_ts;
  const view = payload.view ?? event.view;
  return {
    kind: KINDS[row.kind] ?? "event",
    name: row.name,
    channel,
    user: idOf(event.user ?? payload.user ?? payload.user_id ?? message?.user),
    words: wordsOfDelivery(row, event, message),
    ...endOfDelivery(row),
    place: channel && ts ? { channel, ts, thread_ts: event.thread_ts ?? message?.thread_ts } : null,
    view: view?.id && view.type !== "home" ? { view: view.id, title: textOf(view.title) } : null,
    warnings: warningsOfDelivery(row),
  };
}

function wordsOfDelivery({ payload, kind, name }, event, message) {
  if (kind === "slash_commands") return `${payload.command ?? name} ${payload.text ?? ""}`.trim();
  if (payload?.actions?.length) return payload.actions.map(wordsOfAction).join(", ");
  if (payload?.view) return textOf(payload.view.title) || payload.view.callback_id || "";
  if (payload?.callback_id) return payload.callback_id;
  if (payload?.value !== undefined && payload?.action_id) return `${payload.action_id}: “${payload.value}”`;
  if (event.reaction) return `:${event.reaction}:`;
  if (event.tab) return `${event.tab} tab`;
  const said = event.text || message?.text || wordsOfBlocks(event.blocks ?? message?.blocks);
  return textOf(said || event.name || event.topic || event.channel?.name || "");
}

function wordsOfAction(action) {
  const chosen = action.selected_option ?? action.selected_options?.[0];
  const value =
    textOf(chosen?.text) ||
    action.selected_user ||
    action.selected_channel ||
    action.selected_conversation ||
    action.selected_date ||
    action.selected_time ||
    textOf(action.text) ||
    action.value;
  return value ? `${action.action_id}: ${value}` : action.action_id;
}

// Whether one attempt went well, is still under way, or did not arrive.
export function toneOfAttempt({ outcome }) {
  if (!outcome || /^(waiting|pending|under_way|sent|queued|held|delayed)/.test(outcome)) return "wait";
  return /^(ack|ok|answered|delivered|200)/.test(outcome) ? "ok" : "bad";
}

function endOfDelivery({ attempts = [] }) {
  const last = attempts[attempts.length - 1];
  if (!last) return { tone: "wait", state: "waiting", ms: null };
  const tone = toneOfAttempt(last);
  const tries = attempts.length;
  if (tone === "ok") {
    return { tone: tries > 1 ? "warn" : "ok", state: tries > 1 ? `acked, try ${tries}` : "acked", ms: last.ms };
  }
  const words = (last.outcome ?? "waiting").replaceAll("_", " ");
  return { tone, state: tries > 1 ? `${words}, try ${tries}` : words, ms: last.ms };
}

function warningsOfDelivery({ attempts = [], kind }) {
  const found = [];
  for (const { outcome, ms, answer } of attempts) {
    const isIn = toneOfAttempt({ outcome }) === "ok";
    if (isIn && ms > SLOW_ACK) found.push(`Acknowledged after ${seconds(ms)}; Slack gives up after 3 s.`);
    if (answer?.response_action === "errors") found.push("The app refused what was filled in.");
  }
  const failed = attempts.filter((one) => toneOfAttempt(one) === "bad").length;
  if (failed && kind !== "events_api") found.push("Slack never repeats clicks and commands: the person saw it fail.");
  else if (failed) found.push(`Not acknowledged ${failed === 1 ? "once" : `${failed} times`}.`);
  return found;
}

export const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

// 4 ms, 640 ms, 2.1 s.
export function span(ms) {
  if (ms == null) return "";
  if (ms < 10) return `${ms < 1 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : seconds(ms);
}

// How full the latency bar is, from 0 to 1. Logarithmic: one sees 5 ms beside 50 ms, and how near three seconds are.
export const fullness = (ms) => Math.min(1, Math.log10(1 + ms) / Math.log10(1 + DEADLINE));
