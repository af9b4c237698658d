// In which order conversations stand at the left, for the list itself and for the keys that go up and down in it.
import { titleOf } from "./names.js";
import { isAppChannel, isDirect } from "./store.js";
import { isBold } from "./unread.js";

const byName = (a, b) => a.name.localeCompare(b.name);

// {channels, people, apps} of a state; `here` is the channel that is open.
export function groupsOf({ channels, app, users }, here) {
  const state = { app, users };
  const isApp = (c) => isAppChannel(state, c);
  const byNews = (a, b) =>
    (b.last_ts ?? "").localeCompare(a.last_ts ?? "") || titleOf(state, a).localeCompare(titleOf(state, b));
  // A conversation that was closed comes back with the next word in it.
  const isOpen = (c) => !c.is_closed || isBold(c) || c.id === here;
  // A channel that one only looks at stands in the list as long as one does.
  const isListed = (c) => !isDirect(c) && ((c.is_member && !c.is_archived) || c.id === here);
  return {
    channels: channels.filter(isListed).sort(byName),
    people: channels.filter((c) => isDirect(c) && !isApp(c) && isOpen(c)).sort(byNews),
    apps: channels.filter(isApp),
  };
}

export function inOrder(state) {
  const { channels, people, apps } = groupsOf(state, state.place.channel);
  return [...channels, ...people, ...apps];
}
