// The field one writes in: Enter sends, Shift+Enter makes a new line, "/" offers commands, "@" people, ":" emoji.
// Files can be attached with the paperclip, by pasting or by dropping. Arrow up in an empty field edits one's
// last message, "+:tada:" reacts to the last one. What was typed and not sent is kept per channel and thread.
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { Attached } from "./attached.jsx";
import { EmojiPicker } from "./emojipicker.jsx";
import { emoji } from "./emoji.js";
import { FormatBar, useFormatKeys } from "./formatbar.jsx";
import { Icon } from "./icons.jsx";
import { spokenName, titleOf } from "./names.js";
import { Menu } from "./popover.jsx";
import { focusLast } from "./roam.js";
import { isDirect, threadKey, usePerson, useStore } from "./store.js";
import { Suggestions, useListKeys, useSuggestions, wordAt } from "./suggestions.jsx";
import { TypingLine } from "./typingline.jsx";

const draftKey = (as, channel, thread) => `twin-draft/${as}/${channel}/${thread ?? ""}`;
const REACT = /^\+:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):$/;
const NONE = [];

function placeholder(s, channel, thread) {
  if (thread) return "Reply…";
  return `Message ${isDirect(channel) ? titleOf(s, channel) : spokenName(s, channel)}`;
}

// `hint` is what stands in the empty field; `send` takes the place of posting: {text, files} -> {ok}.
export function Composer({ channel, thread = null, hint: given = null, send: sendTo = null }) {
  const person = usePerson();
  const as = useStore((s) => s.as);
  const me = useStore((s) => s.me.id);
  const hint = useStore((s) => given ?? placeholder(s, channel, thread));
  const hasNewer = useStore((s) => Boolean(s.lists[channel.id]?.hasNewer));
  const own = useStore((s) => (thread ? s.threads[threadKey(channel.id, thread)] : s.lists[channel.id]?.messages));
  const commands = useStore((s) => s.commands);
  const shortcuts = useStore((s) => s.shortcuts);
  const key = draftKey(as, channel.id, thread);
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? "");
  const [cursor, setCursor] = useState(0);
  const [files, setFiles] = useState([]);
  const [alsoToChannel, setAlso] = useState(false);
  const [isSending, setSending] = useState(false);
  const [isDismissed, setDismissed] = useState(false);
  const [open, setOpen] = useState(null);
  const box = useRef(null);
  const chooser = useRef(null);
  const nextCursor = useRef(null);

  const word = useMemo(() => (isDismissed ? null : wordAt(text, cursor)), [text, cursor, isDismissed]);
  const found = useSuggestions(word);

  const write = (value, at = value.length) => {
    setText(value);
    setCursor(at);
    setDismissed(false);
    if (value && !thread && !value.startsWith("/")) person.type(channel.id);
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  };
  const putAt = (value, at) => {
    nextCursor.current = at;
    write(value, at);
  };
  const insert = (piece) => {
    const { selectionStart: from, selectionEnd: to } = box.current;
    putAt(text.slice(0, from) + piece + text.slice(to), from + piece.length);
  };
  const complete = (one) => {
    putAt(text.slice(0, word.start) + one.text + text.slice(cursor), word.start + one.text.length);
  };
  const isComplete = (one) => !one || text.slice(word.start, cursor) === one.text.trim();
  const [at, setAt, listKey] = useListKeys(found, complete, isComplete);

  useLayoutEffect(() => {
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(box.current.scrollHeight, innerHeight * 0.4)}px`;
    // The cursor is set before the next key can arrive, so that fast typing is not put in the wrong place.
    if (nextCursor.current !== null) {
      box.current.focus();
      box.current.setSelectionRange(nextCursor.current, nextCursor.current);
      nextCursor.current = null;
    }
  }, [text]);
  const formatKey = useFormatKeys(box, text, putAt);
  useLayoutEffect(() => {
    if (matchMedia("(hover: hover)").matches) box.current.focus({ preventScroll: true });
  }, []);

  const send = async () => {
    const typed = text.trim();
    if (isSending || (!typed && !files.length)) return;
    const command = /^\/[\w-]+/.exec(typed)?.[0];
    const reaction = files.length ? null : REACT.exec(typed)?.[1];
    if (reaction && emoji(reaction)) {
      const last = (own ?? NONE).filter((m) => !m.is_ephemeral && m.subtype !== "tombstone").at(-1);
      write("");
      if (last) await person.act("react", { channel: channel.id, ts: last.ts, name: reaction });
      return;
    }
    if (command && thread && commands.some((c) => c.command === command)) {
      person.say(`${command} is not supported in threads. Sorry!`, "error");
      return;
    }
    if (command && !files.length && !commands.some((c) => c.command === command)) {
      person.say(`${command} is not a valid command.`, "error");
      return;
    }
    setSending(true);
    write("");
    const sent = files;
    setFiles([]);
    const answer =
      sendTo && !command
        ? await sendTo({ text: typed, files: sent })
        : sent.length
          ? await person.upload(sent, { channel: channel.id, text: typed, thread_ts: thread })
          : command
            ? await person.act("command", { channel: channel.id, text: typed })
            : await person.act("post", {
                channel: channel.id,
                text: typed,
                ...(thread ? { thread_ts: thread, broadcast: alsoToChannel } : {}),
              });
    setSending(false);
    setAlso(false);
    if (answer.ok === false) {
      setFiles(sent);
      write(typed);
    } else if (hasNewer && !thread && !command) {
      person.newest(channel.id);
    }
  };

  const editLast = () => {
    const isMine = (m) => m.user === me && !m.bot_id && !m.is_ephemeral;
    const last = (own ?? NONE)
      .filter((m) => isMine(m) && (!m.subtype || /^(thread_broadcast|file_share)$/.test(m.subtype)))
      .at(-1);
    if (last) person.edit({ channel: channel.id, ts: last.ts, inThread: Boolean(thread) });
    return Boolean(last);
  };

  const keyDown = (event) => {
    if (event.nativeEvent.isComposing) return;
    if (found.length && listKey(event)) {
      event.preventDefault();
    } else if (event.key === "Escape" && found.length) {
      event.stopPropagation();
      setDismissed(true);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && !text && editLast()) {
      event.preventDefault();
    } else if (event.key === "Tab" && event.shiftKey && toMessages()) {
      event.preventDefault();
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "u" && !event.shiftKey) {
      event.preventDefault();
      chooser.current.click();
    } else if (formatKey(event)) {
      event.preventDefault();
    }
  };
  const toMessages = () => focusLast(box.current.closest("main, aside").querySelector(".scroll"));

  // The browser's own list empties itself when the chooser is reset, so it is copied at once.
  const addFiles = (list) => {
    const added = [...list];
    setFiles((old) => [...old, ...added]);
  };
  if (channel.can_post === false) {
    return (
      <div className="join-bar" data-testid="read-only">
        {channel.is_archived ? `#${channel.name} is archived: nobody can write here.` : "You cannot write here."}
      </div>
    );
  }
  const globals = shortcuts.filter((s) => /global|shortcut/.test(s.type ?? "") && !/message/.test(s.type ?? ""));
  const canSend = Boolean(text.trim() || files.length);
  return (
    <div
      className="composer"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        addFiles(event.dataTransfer.files);
      }}
    >
      {found.length ? <Suggestions found={found} at={at} onPick={complete} onReach={setAt} /> : null}
      <div className="composer-box">
        <FormatBar box={box} text={text} onChange={putAt} />
        <textarea
          ref={box}
          rows={1}
          value={text}
          placeholder={hint}
          aria-label={hint}
          data-testid={thread ? "thread-composer" : "composer"}
          onChange={(event) => write(event.target.value, event.target.selectionStart)}
          onSelect={(event) => setCursor(event.target.selectionStart)}
          onKeyDown={keyDown}
          onPaste={(event) => event.clipboardData.files.length && addFiles(event.clipboardData.files)}
        />
        <Attached files={files} onRemove={(file) => setFiles(files.filter((f) => f !== file))} />
        <div className="composer-bar">
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            data-testid={thread ? "thread-file" : "file"}
            onChange={(event) => {
              addFiles(event.target.files);
              event.target.value = "";
            }}
          />
          <button type="button" aria-label="Attach a file" onClick={() => chooser.current.click()}>
            <Icon name="clip" />
          </button>
          <button
            type="button"
            aria-label="Emoji"
            onClick={(event) => setOpen({ what: "emoji", anchor: event.currentTarget })}
          >
            <Icon name="smile" />
          </button>
          <button type="button" aria-label="Mention someone" onClick={() => insert("@")}>
            <Icon name="at" />
          </button>
          {globals.length ? (
            <button
              type="button"
              aria-label="Shortcuts"
              data-testid="shortcuts"
              onClick={(event) => setOpen({ what: "shortcuts", anchor: event.currentTarget })}
            >
              <Icon name="bolt" />
            </button>
          ) : null}
          {thread && !isDirect(channel) && !sendTo ? (
            <label className="also">
              <input type="checkbox" checked={alsoToChannel} onChange={(e) => setAlso(e.target.checked)} />
              <span>
                Also send to <strong>#{channel.name}</strong>
              </span>
            </label>
          ) : null}
          <button
            type="button"
            className={canSend ? "send ready" : "send"}
            aria-label="Send"
            data-testid={thread ? "thread-send" : "send"}
            disabled={!canSend || isSending}
            onClick={send}
          >
            <Icon name="send" size={18} />
          </button>
        </div>
      </div>
      <p className="composer-hint">
        {thread ? null : <TypingLine channel={channel.id} />}
        {channel.is_ext_shared && !thread ? (
          <span className="composer-shared">
            <Icon name="shared" size={13} /> People outside your organisation see this channel
          </span>
        ) : null}
        {text.includes("\n") || text.length > 40 ? (
          <span className="composer-tip" aria-hidden="true">
            <strong>Shift + Return</strong> to add a new line
          </span>
        ) : null}
      </p>
      {open?.what === "emoji" ? (
        <EmojiPicker anchor={open.anchor} onClose={() => setOpen(null)} onPick={(name) => insert(`:${name}: `)} />
      ) : null}
      {open?.what === "shortcuts" ? (
        <Menu
          anchor={open.anchor}
          side="above"
          onClose={() => setOpen(null)}
          items={globals.map((shortcut) => ({
            label: shortcut.name,
            hint: shortcut.description,
            onPick: () => person.act("global_shortcut", { callback_id: shortcut.callback_id }),
            marks: { "data-shortcut": shortcut.callback_id },
          }))}
        />
      ) : null}
    </div>
  );
}
