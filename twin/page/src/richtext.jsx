// Rich text as Slack draws it: paragraphs, nested lists, quotes and code, with literal text that is never
// interpreted a second time.
import { Broadcast, ChannelMention, DateText, Emoji, GroupMention, Link, UserMention } from "./mentions.jsx";

const BULLETS = ["disc", "circle", "square"];
const NUMBERS = ["decimal", "lower-alpha", "lower-roman"];

export function RichText({ block }) {
  const elements = block.elements ?? [];
  return (
    <div className={isOnlyEmoji(elements) ? "rich-text jumbo" : "rich-text"}>
      {elements.map((element, i) => (
        <Part key={i} element={element} />
      ))}
    </div>
  );
}

const isOnlyEmoji = (elements) =>
  elements.length === 1 &&
  elements[0].type === "rich_text_section" &&
  elements[0].elements.length > 0 &&
  elements[0].elements.every((e) => e.type === "emoji" || (e.type === "text" && !e.text.trim())) &&
  elements[0].elements.filter((e) => e.type === "emoji").length <= 23;

function Part({ element }) {
  switch (element.type) {
    case "rich_text_section":
      return (
        <div className="rich-section">
          <Pieces elements={element.elements} />
        </div>
      );
    case "rich_text_preformatted":
      return (
        <pre className="code-block">
          <Pieces elements={element.elements} />
        </pre>
      );
    case "rich_text_quote":
      return (
        <blockquote>
          <Pieces elements={element.elements} />
        </blockquote>
      );
    case "rich_text_list":
      return <List element={element} />;
    default:
      return null;
  }
}

function List({ element }) {
  const indent = element.indent ?? 0;
  const isOrdered = element.style === "ordered";
  const Tag = isOrdered ? "ol" : "ul";
  const marker = (isOrdered ? NUMBERS : BULLETS)[indent % 3];
  return (
    <Tag
      className={element.border ? "rich-list rich-border" : "rich-list"}
      style={{ listStyleType: marker, marginLeft: indent * 28 }}
      start={isOrdered ? (element.offset ?? 0) + 1 : undefined}
    >
      {element.elements.map((item, i) => (
        <li key={i}>
          <Part element={item} />
        </li>
      ))}
    </Tag>
  );
}

const Pieces = ({ elements }) => elements.map((piece, i) => <Piece key={i} piece={piece} />);

function Piece({ piece }) {
  const style = piece.style ?? {};
  let node = bare(piece, style);
  if (style.code && piece.type === "text") return node;
  if (style.underline) node = <u>{node}</u>;
  if (style.strike) node = <s>{node}</s>;
  if (style.italic) node = <em>{node}</em>;
  if (style.bold) node = <strong>{node}</strong>;
  return style.highlight || style.client_highlight ? <mark>{node}</mark> : node;
}

function bare(piece, style) {
  switch (piece.type) {
    case "text":
      return style.code ? <code>{piece.text}</code> : piece.text;
    case "link": {
      const words = piece.text || piece.url;
      return <Link url={piece.url}>{style.code ? <code>{words}</code> : words}</Link>;
    }
    case "user":
      return <UserMention id={piece.user_id} />;
    case "channel":
      return <ChannelMention id={piece.channel_id} />;
    case "usergroup":
      return <GroupMention id={piece.usergroup_id} />;
    case "broadcast":
      return <Broadcast range={piece.range} />;
    case "emoji":
      return <Emoji name={piece.name} unicode={piece.unicode} />;
    case "date":
      return (
        <DateText
          seconds={String(piece.timestamp)}
          pattern={piece.format}
          url={piece.url}
          fallback={piece.fallback}
        />
      );
    case "team":
      return <span className="mention">{piece.team_id}</span>;
    case "citation":
      return (
        <sup className="citation">
          {piece.url ? <Link url={piece.url}>{piece.text}</Link> : piece.text}
        </sup>
      );
    case "color":
      return (
        <span className="color-chip">
          <span style={{ background: piece.value }} />
          {piece.value}
        </span>
      );
    default:
      return null;
  }
}
