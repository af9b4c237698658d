// Faults in words: what will go wrong, as one sentence that reads well in a list.

// The kinds of faults of a call, in the order of the buttons. `asks` names the value a kind needs.
export const FAULTS = [
  { kind: "ratelimit", label: "Rate limited", hint: "429 with Retry-After; nothing is done", asks: "retry_after" },
  { kind: "error", label: "Refused", hint: "ok: false with an error code; nothing is done", asks: "error" },
  { kind: "hang", label: "Hang", hint: "no answer until you release it; then it is done" },
  { kind: "drop_answer", label: "Answer lost", hint: "it is done, but the connection breaks before the answer" },
  { kind: "http500", label: "HTTP 500", hint: "Slack’s servers fail; nothing is done" },
  { kind: "slow", label: "Slow", hint: "done and answered, but late", asks: "seconds" },
];

export const DELIVERY_FAULTS = [
  { kind: "duplicate", label: "Twice", hint: "delivered a second time" },
  { kind: "reorder", label: "Out of order", hint: "overtaken by the next one" },
  { kind: "delay", label: "Late", hint: "delivered some seconds later", asks: "seconds" },
  { kind: "lose", label: "Lost", hint: "never delivered" },
];

export const ERRORS = [
  "internal_error",
  "fatal_error",
  "channel_not_found",
  "not_in_channel",
  "is_archived",
  "msg_too_long",
  "invalid_blocks",
  "missing_scope",
  "invalid_auth",
  "token_revoked",
  "account_inactive",
  "service_unavailable",
  "request_timeout",
  "message_not_found",
  "cant_update_message",
  "expired_trigger_id",
  "user_not_found",
  "no_permission",
];

export const METHODS = [
  "chat.postMessage",
  "chat.update",
  "chat.postEphemeral",
  "chat.delete",
  "views.open",
  "views.publish",
  "views.update",
  "reactions.add",
  "conversations.history",
  "conversations.replies",
  "conversations.info",
  "conversations.open",
  "users.info",
  "files.getUploadURLExternal",
  "files.completeUploadExternal",
  "apps.connections.open",
  "auth.test",
];

export const EVENTS = [
  "message",
  "app_mention",
  "reaction_added",
  "app_home_opened",
  "member_joined_channel",
  "interactive",
  "slash_commands",
];

const OUTCOMES = {
  ratelimit: (one) => `429, wait ${one.retry_after ?? 1} s`,
  error: (one) => one.error || "internal_error",
  hang: () => "hangs until released",
  drop_answer: () => "done, answer lost",
  http500: () => "HTTP 500",
  slow: (one) => `takes ${one.seconds || 1} s`,
  duplicate: () => "delivered twice",
  reorder: () => "out of order",
  delay: (one) => `${one.seconds || 1} s late`,
  lose: () => "lost",
};

export const outcomeOf = (fault) => (OUTCOMES[fault.kind] ?? (() => fault.kind))(fault);

export const subjectOf = (fault) => {
  const name = fault.method ?? fault.event;
  if (name !== "*") return name;
  return fault.method ? "every method" : "every delivery";
};

export const isUsedUp = ({ times, hits }) => times > 0 && hits >= times;

export function countOf({ times, hits }) {
  if (!times) return hits ? `met ${hits === 1 ? "once" : `${hits} times`}, until cleared` : "until cleared";
  if (hits >= times) return times === 1 ? "used up" : `used up, ${times} times`;
  return times === 1 ? "once" : `${hits} of ${times}`;
}
