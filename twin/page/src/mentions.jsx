// The small live pieces inside text: a person's name that is yellow when it is you, a channel one can click, an
// emoji, a link that opens in a new tab, a date in the reader's own time zone.
import { useStore, usePerson } from "./store.js";
import { emoji, fromUnicode } from "./emoji.js";
import { placeBehind } from "./place.js";
import { dateOf, fillDate } from "./time.js";

export const nameOf = (user) =>
  user?.real_name || user?.profile?.real_name || user?.profile?.display_name || user?.name;

export function UserMention({ id }) {
  const user = useStore((s) => s.users[id.split("|")[0]]);
  const isMe = useStore((s) => s.me?.id === user?.id);
  return (
    <span className={isMe ? "mention mention-me" : "mention"} data-user={id} title={user?.profile?.title}>
      @{nameOf(user) ?? id}
    </span>
  );
}

export function GroupMention({ id, label }) {
  const group = useStore((s) => s.usergroups[id]);
  const hasMe = useStore((s) => Boolean(group?.users?.includes(s.me?.id)));
  const text = group ? `@${group.handle}` : (label ?? `@${id}`);
  return <span className={hasMe ? "mention mention-me" : "mention"}>{text}</span>;
}

export function ChannelMention({ id, label }) {
  const channel = useStore((s) => s.channels.find((c) => c.id === id));
  const person = usePerson();
  const name = channel?.name ?? label;
  if (!channel) return <span className="mention">{name ? `#${name}` : "#private-channel"}</span>;
  return (
    <button type="button" className="mention mention-link" onClick={() => person.go({ channel: id })}>
      #{name}
    </button>
  );
}

export const Broadcast = ({ range }) => <span className="mention mention-me">@{range.split("^")[0]}</span>;

export function Emoji({ name, unicode }) {
  const character = emoji(name) ?? (unicode ? fromUnicode(unicode) : null);
  if (!character) return <>:{name}:</>;
  return (
    <span className="emoji" role="img" aria-label={`:${name}:`} title={`:${name}:`}>
      {character}
    </span>
  );
}

// Only addresses a browser may safely open become links; anything else is shown as the text it is.
export const isSafe = (url) => /^(https?:|mailto:|tel:|\/)/i.test(url ?? "");

// A link into this workspace is followed here; every other one opens in a new tab.
export function useFollow(url) {
  const person = usePerson();
  const domain = useStore((s) => s.workspace.domain);
  const place = placeBehind(url, domain);
  return place ? () => person.go(place) : null;
}

export function Link({ url, children, className }) {
  const follow = useFollow(url);
  if (follow) {
    const click = (event) => {
      if (event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      follow();
    };
    return (
      <a className={className} href={url} onClick={click}>
        {children}
      </a>
    );
  }
  if (!isSafe(url)) return <span className={className}>{children}</span>;
  return (
    <a className={className} href={url} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}

export function DateText({ seconds, pattern, url, fallback }) {
  const zone = useStore((s) => s.me?.tz);
  const isDate = /^\d+$/.test(seconds ?? "") && pattern;
  const text = isDate ? fillDate(pattern, dateOf(seconds), zone, new Date()) : (fallback ?? "");
  return url ? <Link url={url}>{text}</Link> : <time title={fallback}>{text}</time>;
}
