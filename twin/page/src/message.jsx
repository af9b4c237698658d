// One message: who and when, the text or blocks, files, reactions and the line that leads into its thread.
// Messages of one person in a row share one picture. A whisper says "Only visible to you".
import { memo, useCallback, useEffect, useRef, useState } from "react";
import { Attachments } from "./attachments.jsx";
import { Avatar } from "./avatar.jsx";
import { Blocks } from "./blocks.jsx";
import { EditBox } from "./editbox.jsx";
import { Files } from "./files.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { isPinned } from "./messagedeeds.js";
import { MessageMenu } from "./messagemenu.jsx";
import { Mrkdwn } from "./mrkdwn.jsx";
import { Marks, ProfileButton } from "./profile.jsx";
import { Reactions } from "./reactions.jsx";
import { threadKey, usePerson, useStore } from "./store.js";
import { BlockSurface } from "./surface.jsx";
import { ago, clock, dateOf, fullTime, hourMinute } from "./time.js";

const NOTICES = new Set([
  "channel_join",
  "channel_leave",
  "group_join",
  "group_leave",
  "channel_topic",
  "channel_purpose",
  "channel_name",
]);

const SLACKBOT = { id: "USLACKBOT", name: "slackbot", real_name: "Slackbot", color: "3f7d7d" };

// Who said it: {user, name, isApp, image}.
export function authorOf(message, users) {
  const user = users[message.user] ?? (message.user === "USLACKBOT" ? SLACKBOT : undefined);
  const isApp = Boolean(message.bot_id);
  const name = message.username ?? (isApp ? (message.bot_profile?.name ?? nameOf(user)) : nameOf(user));
  const image = message.icons?.image_48 ?? message.bot_profile?.icons?.image_48;
  return { user, name: name ?? message.user ?? "Unknown", isApp, image };
}

export const Message = memo(function Message({ channel, message, isFollowUp, inThread, isPointedAt }) {
  const users = useStore((s) => s.users);
  const zone = useStore((s) => s.me.tz);
  const isEdited = useStore(
    (s) => s.editing?.ts === message.ts && s.editing.channel === channel && Boolean(s.editing.inThread) === inThread,
  );
  const person = usePerson();
  const [isOver, setOver] = useState(false);
  const [isHeld, setHeld] = useState(false);
  const [isTapped, setTapped] = useState(false);
  const author = authorOf(message, users);
  const at = dateOf(message.ts);
  const isWhisper = Boolean(message.is_ephemeral);
  const isNotice = NOTICES.has(message.subtype);
  const hasMenu = (isOver || isHeld || isTapped) && !isWhisper && !isEdited && message.subtype !== "tombstone";
  const article = useRef(null);
  // A menu that closes goes away under the pointer, which then rests on another message without having left this one.
  const hold = useCallback((held) => {
    setHeld(held);
    if (!held) setOver(article.current.matches(":hover"));
  }, []);

  const names = ["message"];
  if (isFollowUp) names.push("follow-up");
  if (isWhisper) names.push("whisper");
  if (isHeld) names.push("held");
  if (isPointedAt) names.push("pointed-at");
  if (isEdited) names.push("being-edited");
  if (isPinned(message)) names.push("pinned");
  const press = (event) => {
    if (event.altKey && !isWhisper && !inThread && !event.target.closest("button, a, input, textarea")) {
      person.markUnread(channel, message);
    } else if (event.nativeEvent.pointerType === "touch") setTapped(true);
  };
  // A finger does not hover: the menu of a message that was tapped stays until something else is.
  useEffect(() => {
    if (!isTapped) return;
    const away = (event) => {
      if (!article.current.contains(event.target) && !event.target.closest("[data-popover]")) setTapped(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isTapped]);
  return (
    <article
      ref={article}
      className={names.join(" ")}
      data-testid="message"
      data-ts={message.ts}
      data-user={message.user}
      tabIndex={-1}
      aria-label={`${author.name}, ${clock(at, zone)}`}
      aria-busy={message.streaming_state === "in_progress" || undefined}
      onPointerEnter={(event) => event.pointerType !== "touch" && setOver(true)}
      onPointerLeave={() => setOver(false)}
      onFocus={(event) => event.target.matches(":focus-visible") && setOver(true)}
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setOver(false)}
      onClick={press}
    >
      {isPinned(message) ? (
        <div className="pinned-mark">
          <Icon name="pin" size={14} /> Pinned
        </div>
      ) : null}
      {isWhisper ? (
        <div className="whisper-mark">
          <Icon name="eye" size={14} /> Only visible to you
        </div>
      ) : null}
      {message.subtype === "thread_broadcast" && !inThread ? (
        <BroadcastMark channel={channel} message={message} />
      ) : null}
      <div className="gutter">
        {isFollowUp ? (
          <time className="gutter-time" title={fullTime(at, zone)}>
            {hourMinute(at, zone)}
          </time>
        ) : (
          <ProfileButton user={author.user} isFace>
            <Avatar user={author.user} name={author.name} image={author.image} />
          </ProfileButton>
        )}
      </div>
      <div className="message-body">
        {isFollowUp ? null : (
          <header className="byline">
            <ProfileButton user={author.user}>
              <strong className="author">{author.name}</strong>
            </ProfileButton>
            {author.isApp ? <span className="badge">APP</span> : <Marks user={author.user} />}
            <time title={fullTime(at, zone)}>{clock(at, zone)}</time>
          </header>
        )}
        {isEdited ? (
          <EditBox channel={channel} message={message} />
        ) : isNotice ? (
          <div className="notice">
            <Mrkdwn text={noticeWords(message)} />
          </div>
        ) : (
          <Body channel={channel} message={message} />
        )}
        {message.files?.length ? <Files files={message.files} /> : null}
        <Reactions channel={channel} message={message} />
        {!inThread && message.reply_count ? <ThreadLine channel={channel} message={message} /> : null}
      </div>
      {hasMenu ? <MessageMenu channel={channel} message={message} inThread={inThread} onHold={hold} /> : null}
    </article>
  );
});

// "<@U1> has joined the channel" stands under the person's own name, so the name is not said twice.
const noticeWords = (message) => (message.text ?? "").replace(/^<@[^>]+>\s*/, "");

function Body({ channel, message }) {
  const { ts, blocks, attachments } = message;
  const [container, setContainer] = useState({ channel, ts });
  if (container.channel !== channel || container.ts !== ts) setContainer({ channel, ts });
  const edited = message.edited ? <span className="edited">(edited)</span> : null;
  const isStreaming = message.streaming_state === "in_progress";
  if (message.subtype === "tombstone") return <div className="gone">This message was deleted.</div>;
  return (
    <div className={isStreaming ? "content streaming" : "content"} data-testid={isStreaming ? "streaming" : undefined}>
      {blocks?.length ? (
        <BlockSurface container={container} kind="message" blocks={blocks}>
          <Blocks blocks={blocks} />
        </BlockSurface>
      ) : message.text ? (
        <div className="text">
          <Mrkdwn text={message.text} />
        </div>
      ) : null}
      {edited}
      {isStreaming ? <span className="stream-mark" role="img" aria-label="still writing" /> : null}
      {attachments?.length ? <Attachments container={container} attachments={attachments} /> : null}
    </div>
  );
}

function BroadcastMark({ channel, message }) {
  const person = usePerson();
  return (
    <div className="broadcast-mark">
      <button type="button" className="quiet-link" onClick={() => person.openThread(channel, message.thread_ts)}>
        replied to a thread
      </button>
    </div>
  );
}

function ThreadLine({ channel, message }) {
  const person = usePerson();
  const users = useStore((s) => s.users);
  const last = message.latest_reply;
  const unread = useStore((s) => s.follows[threadKey(channel, message.ts)]?.unread ?? 0);
  return (
    <button
      type="button"
      className={unread ? "thread-line has-unread" : "thread-line"}
      data-testid="thread-line"
      onClick={() => person.openThread(channel, message.ts)}
    >
      <span className="thread-faces">
        {(message.reply_users ?? []).slice(0, 5).map((id) => (
          <Avatar key={id} user={users[id]} name={users[id] ? undefined : id} size={24} />
        ))}
      </span>
      <span className="thread-count">
        {message.reply_count} {message.reply_count === 1 ? "reply" : "replies"}
      </span>
      {unread ? (
        <span className="thread-new" data-testid="thread-new">
          {unread} new
        </span>
      ) : null}
      {last ? <span className="thread-last">Last reply {ago(dateOf(last), new Date())}</span> : null}
      <span className="thread-view">View thread</span>
    </button>
  );
}
