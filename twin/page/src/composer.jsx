// The field one writes in: Enter sends, Shift+Enter makes a new line, "/" offers commands, "@" people, ":" emoji.
// Files can be attached with the paperclip, by pasting or by dropping. Arrow up in an empty field edits one's
// last message. What was typed and not sent is kept per channel and thread.
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { EmojiPicker } from "./emojipicker.jsx";
import { sizeWords } from "./files.jsx";
import { FormatBar } from "./formatbar.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { Menu } from "./popover.jsx";
import { isAppChannel, threadKey, usePerson, useStore } from "./store.js";
import { Suggestions, useListKeys, useSuggestions, wordAt } from "./suggestions.jsx";

const draftKey = (as, channel, thread) => `twin-draft/${as}/${channel}/${thread ?? ""}`;

function placeholder(s, channel, thread) {
  if (thread) return "Reply…";
  if (!channel.is_im) return `Message #${channel.name}`;
  return `Message ${isAppChannel(s, channel) ? s.app.name : nameOf(s.users[channel.user])}`;
}

export function Composer({ channel, thread = null }) {
  const person = usePerson();
  const as = useStore((s) => s.as);
  const me = useStore((s) => s.me.id);
  const hint = useStore((s) => placeholder(s, channel, thread));
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
  useLayoutEffect(() => {
    if (matchMedia("(hover: hover)").matches) box.current.focus({ preventScroll: true });
  }, []);

  const send = async () => {
    const typed = text.trim();
    if (isSending || (!typed && !files.length)) return;
    const command = /^\/[\w-]+/.exec(typed)?.[0];
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
    const answer = sent.length
      ? await person.upload(channel.id, sent, { text: typed, thread_ts: thread })
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
    }
  };

  const editLast = () => {
    const last = (own ?? []).filter((m) => m.user === me && !m.bot_id && !m.subtype && !m.is_ephemeral).pop();
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
    }
  };

  // The browser's own list empties itself when the chooser is reset, so it is copied at once.
  const addFiles = (list) => {
    const added = [...list];
    setFiles((old) => [...old, ...added]);
  };
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
        {files.length ? (
          <div className="composer-files">
            {files.map((file, i) => (
              <span key={i} className="file-card" data-testid="attached">
                <span className="file-icon">
                  <Icon name="file" size={20} />
                </span>
                <span className="file-words">
                  <strong>{file.name}</strong>
                  <small>{sizeWords(file.size)}</small>
                </span>
                <button
                  type="button"
                  className="plain-button"
                  aria-label={`Remove ${file.name}`}
                  onClick={() => setFiles(files.filter((f) => f !== file))}
                >
                  <Icon name="close" size={14} />
                </button>
              </span>
            ))}
          </div>
        ) : null}
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
          {thread && !channel.is_im ? (
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
      <p className="composer-hint" aria-hidden="true">
        {text.includes("\n") || text.length > 40 ? (
          <>
            <strong>Shift + Return</strong> to add a new line
          </>
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
