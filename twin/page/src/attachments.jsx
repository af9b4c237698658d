// The older kind of app content: a box with a coloured edge beside the text.
import { Blocks } from "./blocks.jsx";
import { Link } from "./mentions.jsx";
import { Mrkdwn, PlainText } from "./mrkdwn.jsx";
import { BlockSurface } from "./surface.jsx";

const NAMED = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

export const Attachments = ({ attachments, container }) =>
  attachments.map((attachment, i) => (
    <div key={attachment.id ?? i} className="attachment">
      <span className="attachment-edge" style={{ background: colour(attachment.color) }} />
      <div className="attachment-body">
        {attachment.blocks?.length ? (
          <BlockSurface container={container} kind="message" blocks={attachment.blocks}>
            <Blocks blocks={attachment.blocks} />
          </BlockSurface>
        ) : (
          <Classic attachment={attachment} />
        )}
      </div>
    </div>
  ));

const colour = (name) => NAMED[name] ?? (/^#?[0-9a-f]{6}$/i.test(name ?? "") ? `#${name.replace("#", "")}` : undefined);

function Classic({ attachment }) {
  const { pretext, title, title_link: link, text, fields, footer, fallback } = attachment;
  return (
    <>
      {pretext ? <Mrkdwn text={pretext} /> : null}
      {title ? (
        <strong className="attachment-title">
          {link ? (
            <Link url={link}>
              <PlainText text={title} />
            </Link>
          ) : (
            <PlainText text={title} />
          )}
        </strong>
      ) : null}
      {text ? (
        <div className="text">
          <Mrkdwn text={text} />
        </div>
      ) : null}
      {fields?.length ? (
        <div className="fields">
          {fields.map((field, i) => (
            <div key={i}>
              <strong>{field.title}</strong>
              <br />
              <Mrkdwn text={String(field.value ?? "")} />
            </div>
          ))}
        </div>
      ) : null}
      {footer ? <small className="attachment-footer">{footer}</small> : null}
      {!title && !text && !fields ? <PlainText text={fallback ?? ""} /> : null}
    </>
  );
}
