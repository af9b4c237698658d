// Files under a message: pictures shown in the conversation, everything else as a card one can open.
import { useState } from "react";
import { localAddress } from "./avatar.jsx";
import { Icon } from "./icons.jsx";

const KIND = { pdf: "PDF", csv: "CSV", text: "Plain text", zip: "Zip", markdown: "Markdown", json: "JSON" };

export function sizeWords(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function Files({ files }) {
  return (
    <div className="files">
      {files.map((file) => (
        <File key={file.id} file={file} />
      ))}
    </div>
  );
}

function File({ file }) {
  const [isOpen, setOpen] = useState(true);
  const [failed, setFailed] = useState(false);
  if (file.mode === "tombstone") return <div className="file-card gone">This file was deleted.</div>;
  const address = localAddress(file.url_private ?? file.permalink);
  const isPicture = /^image\/(png|jpe?g|gif|webp)/.test(file.mimetype ?? "") && address && !failed;
  const name = file.title || file.name;
  if (isPicture) {
    return (
      <figure className="file-picture">
        <figcaption>
          {name}
          <button
            type="button"
            className={isOpen ? "tiny-button open" : "tiny-button"}
            aria-label={isOpen ? "Hide the picture" : "Show the picture"}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="chevron" size={16} />
          </button>
        </figcaption>
        {isOpen ? (
          <a href={address} target="_blank" rel="noreferrer">
            <img src={address} alt={file.alt_txt ?? name} onError={() => setFailed(true)} />
          </a>
        ) : null}
      </figure>
    );
  }
  const kind = KIND[file.filetype] ?? (file.pretty_type || (file.filetype ?? "File").toUpperCase());
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
