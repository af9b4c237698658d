// Pictures inside blocks. Only what this twin serves itself is loaded; a picture elsewhere is shown as its
// description with its address, so that no call leaves the machine.
import { useState } from "react";
import { localAddress } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { Link } from "./mentions.jsx";
import { PlainText } from "./mrkdwn.jsx";
import { usePerson } from "./store.js";

const addressOf = (element) =>
  element.image_url ??
  element.url ??
  element.slack_file?.url ??
  (element.slack_file?.id ? `/files/${element.slack_file.id}` : null);

export function Picture({ element, className }) {
  const here = localAddress(addressOf(element));
  const [failed, setFailed] = useState(false);
  if (here && !failed) {
    return <img className={className} src={here} alt={element.alt_text ?? ""} onError={() => setFailed(true)} />;
  }
  return (
    <span className={`${className} no-picture`} role="img" aria-label={element.alt_text} title={element.alt_text}>
      <Icon name="eye" size={16} />
    </span>
  );
}

export function ImageBlock({ block }) {
  const person = usePerson();
  const [isOpen, setOpen] = useState(true);
  const [failed, setFailed] = useState(false);
  const address = addressOf(block);
  const here = localAddress(address);
  const title = block.title?.text ?? block.alt_text;
  return (
    <figure className="image-block">
      <figcaption>
        <PlainText text={title ?? ""} />
        <button
          type="button"
          className={isOpen ? "tiny-button open" : "tiny-button"}
          aria-label={isOpen ? "Hide the picture" : "Show the picture"}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="chevron" size={16} />
        </button>
      </figcaption>
      {!isOpen ? null : here && !failed ? (
        <button
          type="button"
          className="picture-button"
          aria-label={`Open ${title}`}
          data-testid="picture"
          onClick={() =>
            person.look({ pictures: [{ src: here, download: here, name: title, alt: block.alt_text }], at: 0 })
          }
        >
          <img src={here} alt={block.alt_text} onError={() => setFailed(true)} />
        </button>
      ) : (
        <p className="picture-elsewhere">
          <Icon name="eye" size={16} /> {block.alt_text || "Picture"} <Link url={address}>{address}</Link>
        </p>
      )}
    </figure>
  );
}
