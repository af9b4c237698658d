// Markdown as a reader sees it: headings, lists, tables, code, quotes. Mentions and emoji work as everywhere else.
// Pictures are shown only when this twin serves them.
import { Fragment, memo, useMemo } from "react";
import { localAddress } from "../avatar.jsx";
import { Emoji, Link } from "../mentions.jsx";
import { Mrkdwn } from "../mrkdwn.jsx";
import { readMarkdown } from "./markdown.js";

export const Markdown = memo(function Markdown({ text }) {
  const tree = useMemo(() => readMarkdown(text ?? ""), [text]);
  return (
    <div className="markdown">
      <Nodes nodes={tree} />
    </div>
  );
});

const Nodes = ({ nodes }) => nodes.map((node, i) => <Node key={i} node={node} />);

function Node({ node }) {
  switch (node.kind) {
    case "heading": {
      const Tag = `h${Math.min(6, node.level)}`;
      return (
        <Tag>
          <Inline pieces={node.inline} />
        </Tag>
      );
    }
    case "paragraph":
      return (
        <p>
          <Inline pieces={node.inline} />
        </p>
      );
    case "code":
      return (
        <pre className="code-block" data-language={node.language || undefined}>
          {node.text}
        </pre>
      );
    case "quote":
      return (
        <blockquote>
          <Nodes nodes={node.blocks} />
        </blockquote>
      );
    case "rule":
      return <hr />;
    case "list": {
      const Tag = node.isOrdered ? "ol" : "ul";
      return (
        <Tag start={node.start}>
          {node.items.map((item, i) => (
            <li key={i} className={item.isTicked === null ? undefined : "task"}>
              {item.isTicked === null ? null : <input type="checkbox" checked={item.isTicked} readOnly tabIndex={-1} />}
              <Item blocks={item.blocks} />
            </li>
          ))}
        </Tag>
      );
    }
    case "table":
      return <MarkdownTable node={node} />;
    default:
      return null;
  }
}

// The words of a plain item stand beside its mark, not in a paragraph of their own.
const Item = ({ blocks }) =>
  blocks.map((node, i) =>
    node.kind === "paragraph" && i === 0 ? (
      <span key={i}>
        <Inline pieces={node.inline} />
      </span>
    ) : (
      <Node key={i} node={node} />
    ),
  );

const MarkdownTable = ({ node }) => (
  <div className="table-scroll">
    <table>
      <thead>
        <tr>
          {node.head.map((cell, i) => (
            <th key={i} style={{ textAlign: node.align[i] }}>
              <Inline pieces={cell} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {node.rows.map((row, r) => (
          <tr key={r}>
            {node.head.map((_, i) => (
              <td key={i} style={{ textAlign: node.align[i] }}>
                <Inline pieces={row[i] ?? []} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const Inline = ({ pieces }) =>
  pieces.map((piece, i) => <Fragment key={i}>{typeof piece === "string" ? piece : <Piece piece={piece} />}</Fragment>);

function Piece({ piece }) {
  switch (piece.kind) {
    case "code":
      return <code>{piece.text}</code>;
    case "strong":
      return (
        <strong>
          <Inline pieces={piece.inline} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Inline pieces={piece.inline} />
        </em>
      );
    case "strike":
      return (
        <s>
          <Inline pieces={piece.inline} />
        </s>
      );
    case "link":
      return (
        <Link url={piece.url}>
          <Inline pieces={piece.inline} />
        </Link>
      );
    case "image": {
      const here = localAddress(piece.url);
      return here ? (
        <img className="markdown-picture" src={here} alt={piece.text} />
      ) : (
        <Link url={piece.url}>{piece.text || piece.url}</Link>
      );
    }
    case "emoji":
      return <Emoji name={piece.name} />;
    case "token":
      return <Mrkdwn text={piece.text} />;
    case "break":
      return <br />;
    default:
      return null;
  }
}
