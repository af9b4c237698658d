// Files under a message: pictures shown in the conversation, several of them side by side, everything else as a card
// one can open. A picture opens large over the window.
import { useState } from "react";
import { localAddress } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { usePerson } from "./store.js";

const KIND = { pdf: "PDF", csv: "CSV", text: "Plain text", zip: "Zip", markdown: "Markdown", json: "JSON" };
const LARGEST = 360;
const TILE = 176;

export function sizeWords(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

const addressOf = (file) => localAddress(file.url_private ?? file.permalink);

const isPicture = (file) => /^image\/(png|jpe?g|gif|webp|avif|bmp)/.test(file.mimetype ?? "") && addressOf(file);

const isSound = (file) => /^(audio|video)\//.test(file.mimetype ?? "") && addressOf(file);

// What the large view needs to know of a picture.
const asPicture = (file) => ({
  src: addressOf(file),
  download: localAddress(file.url_private_download) ?? addressOf(file),
  name: file.title || file.name,
  alt: file.alt_txt ?? file.title ?? file.name,
  by: file.user,
  at: file.created,
});

export function Files({ files }) {
  const [failed, setFailed] = useState([]);
  const fail = (file) => setFailed((old) => [...old, file.id]);
  const pictures = files.filter((f) => f.mode !== "tombstone" && isPicture(f) && !failed.includes(f.id));
  const others = files.filter((f) => !pictures.includes(f));
  return (
    <div className="files">
      {pictures.length ? <Gallery files={pictures} onFail={fail} /> : null}
      {others.map((file) => (
        <Card key={file.id} file={file} />
      ))}
    </div>
  );
}

function Gallery({ files, onFail }) {
  const person = usePerson();
  const [isOpen, setOpen] = useState(true);
  const isOne = files.length === 1;
  const title = isOne ? files[0].title || files[0].name : `${files.length} pictures`;
  return (
    <figure className="file-picture">
      <figcaption>
        {title}
        <button
          type="button"
          className={isOpen ? "tiny-button open" : "tiny-button"}
          aria-label={isOpen ? "Hide the picture" : "Show the picture"}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="chevron" size={16} />
        </button>
      </figcaption>
      {isOpen ? (
        <div className={isOne ? "gallery" : "gallery gallery-many"}>
          {files.map((file, i) => (
            <button
              key={file.id}
              type="button"
              className="picture-button"
              style={isOne ? { maxWidth: LARGEST } : { width: TILE, height: TILE }}
              aria-label={`Open ${file.title || file.name}`}
              data-testid="picture"
              onClick={() => person.look({ pictures: files.map(asPicture), at: i })}
            >
              <img
                src={addressOf(file)}
                alt={file.alt_txt ?? file.title ?? file.name}
                loading="lazy"
                onError={() => onFail(file)}
                {...measured(file)}
              />
            </button>
          ))}
        </div>
      ) : null}
    </figure>
  );
}

// Known measures keep the place of a picture before it has loaded, so that nothing jumps.
const measured = (file) => (file.original_w ? { width: file.original_w, height: file.original_h } : {});

function Card({ file }) {
  if (file.mode === "tombstone") {
    return (
      <div className="file-card gone">
        <span className="file-icon file-gone">
          <Icon name="trash" size={20} />
        </span>
        This file was deleted.
      </div>
    );
  }
  const address = addressOf(file);
  const name = file.title || file.name;
  const kind = KIND[file.filetype] ?? (file.pretty_type || (file.filetype ?? "File").toUpperCase());
  if (isSound(file)) {
    const Player = file.mimetype.startsWith("video/") ? "video" : "audio";
    return (
      <figure className="file-sound">
        <figcaption>{name}</figcaption>
        <Player controls preload="metadata" src={address} />
      </figure>
    );
  }
  return (
    <a className="file-card" href={address ?? undefined} target="_blank" rel="noreferrer" data-file={file.id}>
      <span className={`file-icon file-${file.filetype}`}>
        <Icon name="file" size={22} />
      </span>
      <span className="file-words">
        <strong>{name}</strong>
        <small>{[kind, sizeWords(file.size)].filter(Boolean).join(" · ")}</small>
      </span>
    </a>
  );
}
