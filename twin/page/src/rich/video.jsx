// A video as Slack shows it: title, who made it, a still picture. Only a video that this twin serves plays here; any
// other is a link, so that no call leaves the machine.
import { useState } from "react";
import { localAddress } from "../avatar.jsx";
import { Icon } from "../icons.jsx";
import { Link } from "../mentions.jsx";
import { PlainText } from "../mrkdwn.jsx";

export function Video({ block }) {
  const [isPlaying, setPlaying] = useState(false);
  const here = localAddress(block.video_url);
  const still = localAddress(block.thumbnail_url);
  const [failed, setFailed] = useState(false);
  const by = [block.provider_name, block.author_name].filter(Boolean).join(" · ");
  return (
    <figure className="video" data-testid="video">
      <figcaption>
        {by ? <small>{by}</small> : null}
        <strong>
          {block.title_url ? (
            <Link url={block.title_url}>
              <PlainText text={block.title?.text ?? ""} />
            </Link>
          ) : (
            <PlainText text={block.title?.text ?? ""} />
          )}
        </strong>
        {block.description ? (
          <p>
            <PlainText text={block.description.text} />
          </p>
        ) : null}
      </figcaption>
      {isPlaying && here ? (
        <video controls autoPlay src={here} />
      ) : (
        <div className="video-still">
          {still && !failed ? (
            <img src={still} alt={block.alt_text} onError={() => setFailed(true)} />
          ) : (
            <span>{block.alt_text}</span>
          )}
          {here ? (
            <button type="button" aria-label={`Play ${block.title?.text ?? "video"}`} onClick={() => setPlaying(true)}>
              <Icon name="play" size={28} />
            </button>
          ) : (
            <a
              href={block.video_url}
              target="_blank"
              rel="noreferrer noopener"
              aria-label={`Open ${block.title?.text ?? "video"}`}
            >
              <Icon name="play" size={28} />
            </a>
          )}
        </div>
      )}
    </figure>
  );
}
