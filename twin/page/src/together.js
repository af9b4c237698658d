// Which messages are drawn together: the same person going on within five minutes, without a new picture and name.

const TOGETHER_SECONDS = 300;
const STANDS_ALONE = /^(channel|group)_|thread_broadcast/;

export const isFollowUp = (message, before) =>
  Boolean(before) &&
  before.user === message.user &&
  before.bot_id === message.bot_id &&
  before.username === message.username &&
  Boolean(before.is_ephemeral) === Boolean(message.is_ephemeral) &&
  !STANDS_ALONE.test(before.subtype ?? "") &&
  !STANDS_ALONE.test(message.subtype ?? "") &&
  Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS;
