// Files that wait in the field to be sent: pictures as small pictures, others as cards, each with a cross.
import { useEffect, useState } from "react";
import { sizeWords } from "./files.jsx";
import { Icon } from "./icons.jsx";

export function Attached({ files, onRemove }) {
  if (!files.length) return null;
  return (
    <div className="composer-files">
      {files.map((file, i) => (
        <One key={i} file={file} onRemove={() => onRemove(file)} />
      ))}
    </div>
  );
}

function One({ file, onRemove }) {
  const [address, setAddress] = useState(null);
  useEffect(() => {
    if (!/^image\/(?!svg)/.test(file.type)) return;
    const url = URL.createObjectURL(file);
    setAddress(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);
  const remove = (
    <button type="button" className="attached-remove" aria-label={`Remove ${file.name}`} onClick={onRemove}>
      <Icon name="close" size={12} />
    </button>
  );
  if (address) {
    return (
      <span className="attached-picture" data-testid="attached" title={file.name}>
        <img src={address} alt={file.name} />
        {remove}
      </span>
    );
  }
  return (
    <span className="file-card attached-card" data-testid="attached">
      <span className="file-icon">
        <Icon name="file" size={20} />
      </span>
      <span className="file-words">
        <strong>{file.name}</strong>
        <small>{sizeWords(file.size)}</small>
      </span>
      {remove}
    </span>
  );
}
