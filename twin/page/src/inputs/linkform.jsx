// The small form that puts a link into formatted text: its words and its address.
import { useState } from "react";
import { Popover } from "../popover.jsx";

export function LinkForm({ anchor, text: first, onDone, onClose }) {
  const [text, setText] = useState(first);
  const [url, setUrl] = useState("");
  const isGood = /^(https?:\/\/|mailto:)\S+$/.test(url);
  const done = () => isGood && onDone({ text, url });
  const keys = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    done();
  };
  return (
    <Popover anchor={anchor} onClose={onClose} className="link-form" data-testid="link-form">
      <label>
        Text
        <input className="field" value={text} onChange={(event) => setText(event.target.value)} onKeyDown={keys} />
      </label>
      <label>
        Link
        <input
          className="field"
          autoFocus
          placeholder="https://"
          data-testid="link-url"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          onKeyDown={keys}
        />
      </label>
      <button type="button" className="button primary" disabled={!isGood} onClick={done}>
        Save
      </button>
    </Popover>
  );
}
