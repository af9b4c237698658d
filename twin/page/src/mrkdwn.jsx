// Slack's own markup as a reader sees it: *bold*, _italic_, ~strike~, `code`, > quotes, ``` blocks, links,
// @people, #channels, :emoji: and dates. It is Slack's dialect, not Markdown: "# x" and "- x" stay as typed.
import { Fragment } from "react";
import { Broadcast, ChannelMention, DateText, Emoji, GroupMention, Link, UserMention } from "./mentions.jsx";
import { emoji } from "./emoji.js";

const WORD = /[\p{L}\p{N}]/u;
const STYLES = { "*": "strong", _: "em", "~": "s" };
const EMOJI = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;
const BARE_LINK = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)'"\]]/;

export const unescape = (text) =>
  text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

export function Mrkdwn({ text }) {
  return <>{blocksOf(text)}</>;
}

// Plain text objects know emoji and line breaks, and nothing else.
export function PlainText({ text, emoji: withEmoji = true }) {
  if (!withEmoji) return <>{text}</>;
  return <>{plainNodes(text)}</>;
}

function plainNodes(text) {
  return text.split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/).map((piece, i) => {
    const name = /^:(.+):$/.exec(piece)?.[1];
    return name && emoji(name) ? <Emoji key={i} name={name} /> : <Fragment key={i}>{piece}</Fragment>;
  });
}

function blocksOf(text) {
  const pieces = text.split(/```\n?([\s\S]*?)\n?```\n?/);
  return pieces.map((piece, i) =>
    i % 2 ? (
      <pre key={i} className="code-block">
        {literal(piece)}
      </pre>
    ) : (
      <Fragment key={i}>{linesOf(piece)}</Fragment>
    ),
  );
}

function linesOf(text) {
  const out = [];
  let quote = [];
  let plain = [];
  const flushPlain = () => {
    if (plain.length) out.push(<span key={out.length}>{inline(plain.join("\n"))}</span>);
    plain = [];
  };
  const flushQuote = () => {
    if (quote.length) out.push(<blockquote key={out.length}>{inline(quote.join("\n"))}</blockquote>);
    quote = [];
  };
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    if (/^(&gt;|>){3}/.test(lines[i])) {
      flushPlain();
      quote.push(lines[i].replace(/^(&gt;|>){3} ?/, ""), ...lines.slice(i + 1));
      break;
    }
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(lines[i]);
    if (quoted) {
      flushPlain();
      quote.push(quoted[1]);
    } else {
      flushQuote();
      plain.push(lines[i]);
    }
  }
  flushQuote();
  flushPlain();
  return out;
}

// Code shows what was typed: tokens are shortened to their label, escapes are undone, nothing is styled.
const literal = (text) =>
  unescape(text.replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_, target, label) => label || target));

function inline(text) {
  const out = [];
  let plain = "";
  const put = (node) => {
    if (plain) out.push(<Fragment key={out.length}>{unescape(plain)}</Fragment>);
    plain = "";
    if (node) out.push(<Fragment key={out.length}>{node}</Fragment>);
  };
  for (let i = 0; i < text.length; ) {
    const found = tokenAt(text, i);
    if (found) {
      put(found.node);
      i += found.length;
    } else {
      plain += text[i++];
    }
  }
  put(null);
  return out;
}

function tokenAt(text, at) {
  const char = text[at];
  const rest = text.slice(at);
  if (char === "`") {
    const code = /^`([^`\n]+)`/.exec(rest);
    return code && { node: <code>{literal(code[1])}</code>, length: code[0].length };
  }
  if (char === "<") {
    const token = /^<([^<>\n]+)>/.exec(rest);
    return token && { node: <Token body={token[1]} />, length: token[0].length };
  }
  if (char === ":") {
    const name = EMOJI.exec(rest);
    return name && emoji(name[1]) && { node: <Emoji name={name[1]} />, length: name[0].length };
  }
  if (char === "h" && !WORD.test(text[at - 1] ?? " ")) {
    const link = BARE_LINK.exec(rest)?.[0];
    return link && { node: <Link url={unescape(link)}>{unescape(link)}</Link>, length: link.length };
  }
  const Tag = STYLES[char];
  if (!Tag || WORD.test(text[at - 1] ?? " ") || text[at - 1] === char) return null;
  const end = closing(text, at);
  if (end < 0) return null;
  return { node: <Tag>{inline(text.slice(at + 1, end))}</Tag>, length: end - at + 1 };
}

// Where a style ends: on the same line, after something that is not a space, and not in the middle of a word.
function closing(text, at) {
  const char = text[at];
  if (!text[at + 1] || /\s/.test(text[at + 1]) || text[at + 1] === char) return -1;
  for (let i = at + 1; i < text.length && text[i] !== "\n"; i++) {
    if (text[i] === "`" || text[i] === "<") {
      const skipped = /^(`[^`\n]+`|<[^<>\n]+>)/.exec(text.slice(i));
      if (skipped) {
        i += skipped[0].length - 1;
        continue;
      }
    }
    const isEnd = text[i] === char && i > at + 1 && !/\s/.test(text[i - 1]);
    if (isEnd && !WORD.test(text[i + 1] ?? " ") && text[i + 1] !== char) return i;
  }
  return -1;
}

function Token({ body }) {
  const [target, label] = body.split(/\|(.*)/s);
  if (target.startsWith("@")) return <UserMention id={target.slice(1)} />;
  if (target.startsWith("#")) return <ChannelMention id={target.slice(1)} label={label} />;
  if (target.startsWith("!subteam^")) return <GroupMention id={target.slice(9)} label={label} />;
  if (target.startsWith("!date^")) {
    const [, seconds, pattern, url] = target.split("^");
    return <DateText seconds={seconds} pattern={pattern} url={url} fallback={label} />;
  }
  if (target.startsWith("!")) return <Broadcast range={target.slice(1)} />;
  const url = unescape(target);
  return <Link url={url}>{label ? plainNodes(unescape(label)) : url.replace(/^mailto:/, "")}</Link>;
}
