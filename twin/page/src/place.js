// The address bar: who one is and what one has open can be read from it, bookmarked and sent to a colleague,
// for example /?as=ana&channel=team-billing&thread=1763800000.000100
// Slack's own permalinks (/archives/C…/p…) are understood as well, so that a link an app puts into a message
// leads to that message here.

export function readPlace(url = location) {
  const query = new URLSearchParams(url.search);
  const archive = /^\/archives\/([A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?/.exec(url.pathname);
  const pointed = archive?.[2] ? `${archive[2]}.${archive[3]}` : null;
  const thread = query.get("thread") ?? query.get("thread_ts");
  return {
    as: query.get("as"),
    channel: query.get("channel") ?? archive?.[1] ?? null,
    thread: thread ?? null,
    message: query.get("message") ?? pointed,
    tab: query.get("tab"),
  };
}

// The place inside this workspace that a link leads to, or null for a link to anywhere else.
export function placeBehind(address, domain) {
  const url = URL.canParse(address ?? "") ? new URL(address) : null;
  if (!url) return null;
  const isOurs = url.host === `${domain}.slack.com` && url.pathname.startsWith("/archives/");
  const isHere = url.origin === location.origin && (url.pathname === "/" || url.pathname.startsWith("/archives/"));
  if (!isOurs && !isHere) return null;
  const { channel, thread, message } = readPlace(url);
  return channel ? { channel, thread, message } : null;
}

export function writePlace({ as, channel, thread, message, tab }, { replace = false } = {}) {
  const query = new URLSearchParams();
  if (as) query.set("as", as);
  if (channel) query.set("channel", channel);
  if (tab && tab !== "messages") query.set("tab", tab);
  if (thread) query.set("thread", thread);
  if (message) query.set("message", message);
  const address = `/?${query}`;
  if (address === `${location.pathname}${location.search}`) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
}

export const linkTo = (place) => {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(place)) if (value) query.set(key, value);
  return `${location.origin}/?${query}`;
};
