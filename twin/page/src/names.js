// What a conversation is called on this person's screen, and whose faces stand for it.
import { nameOf } from "./mentions.jsx";
import { isAppChannel } from "./store.js";

// The others in a direct conversation, as users.
export const othersIn = (state, channel) =>
  (channel.with ?? (channel.user ? [channel.user] : [])).map((id) => state.users[id]).filter(Boolean);

export function titleOf(state, channel) {
  if (!channel) return "";
  if (isAppChannel(state, channel)) return state.app.name;
  if (channel.is_mpim) {
    const names = othersIn(state, channel).map((u) => u.profile?.display_name || nameOf(u));
    return names.length ? names.join(", ") : channel.name;
  }
  if (channel.is_im) return nameOf(othersIn(state, channel)[0]) ?? channel.name;
  return channel.name;
}

// As in a sentence: "#help" for a channel, a name for people.
export const spokenName = (state, channel) =>
  channel && !channel.is_im && !channel.is_mpim ? `#${channel.name}` : titleOf(state, channel);
