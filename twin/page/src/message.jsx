// One message: who and when, the text or blocks, files, reactions and the line that leads into its thread.
// Messages of one person in a row share one picture. A whisper says "Only visible to you".
import { memo, useCallback, useRef, useState } from "react";
import { Attachments } from "./attachments.jsx";
import { Avatar } from "./avatar.jsx";
import { Blocks } from "./blocks.jsx";
import { EditBox } from "./editbox.jsx";
import { Files } from "./files.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { MessageMenu } from "./messagemenu.jsx";
import { Mrkdwn } from "./mrkdwn.jsx";
import { Reactions } from "./reactions.jsx";
import { usePerson, useStore } from "./store.js";
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
  const isMine = useStore((s) => s.me.id === message.user && !message.bot_id);
  const isEdited = useStore(
    (s) => s.editing?.ts === message.ts && s.editing.channel === channel && Boolean(s.editing.inThread) === inThread,
  );
  const [isOver, setOver] = useState(false);
  const [isHeld, setHeld] = useState(false);
  const author = authorOf(message, users);
  const at = dateOf(message.ts);
  const isWhisper = Boolean(message.is_ephemeral);
  const isNotice = NOTICES.has(message.subtype);
  const hasMenu = (isOver || isHeld) && !isWhisper && !isEdited && message.subtype !== "tombstone";
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
  return (
    <article
      ref={article}
      className={names.join(" ")}
      data-testid="message"
      data-ts={message.ts}
      data-user={message.user}
      onMouseEnter={() => setOver(true)}
      onMouseLeave={() => setOver(false)}
      onFocus={() => setOver(true)}
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setOver(false)}
      onClick={() => matchMedia("(hover: none)").matches && setOver(true)}
    >
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
          <Avatar user={author.user} name={author.name} image={author.image} />
        )}
      </div>
      <div className="message-body">
        {isFollowUp ? null : (
          <header className="byline">
            <strong className="author" title={author.user?.profile?.title}>
              {author.name}
            </strong>
            {author.isApp ? <span className="badge">APP</span> : null}
            {author.user?.is_restricted ? <span className="badge badge-guest">Guest</span> : null}
            {author.user?.is_stranger ? <span className="badge badge-guest">External</span> : null}
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
      {hasMenu ? (
        <MessageMenu channel={channel} message={message} inThread={inThread} isMine={isMine} onHold={hold} />
      ) : null}
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
  if (message.subtype === "tombstone") return <div className="gone">This message was deleted.</div>;
  return (
    <div className="content">
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
  return (
    <button
      type="button"
      className="thread-line"
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
      {last ? <span className="thread-last">Last reply {ago(dateOf(last), new Date())}</span> : null}
      <span className="thread-view">View thread</span>
    </button>
  );
}
