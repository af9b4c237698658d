// A field of a modal that takes files: chosen, or dropped onto it. Each is stored at once and listed with its size; the
// app gets them with the submit.
import { useRef, useState } from "react";
import { sizeWords } from "../files.jsx";
import { Icon } from "../icons.jsx";
import { usePerson } from "../store.js";
import { marks, useHeld, useSurface } from "../surface.jsx";

const MOST = 10;

const ending = (name) => name.split(".").pop().toLowerCase();

export function FileInput({ element, block }) {
  const person = usePerson();
  const { container } = useSurface();
  const { held, change } = useHeld(block, element);
  const [waiting, setWaiting] = useState([]);
  const [problem, setProblem] = useState(null);
  const [isOver, setOver] = useState(false);
  const chooser = useRef(null);
  // Several may be on their way at once, so what is held is read when an answer comes.
  const latest = useRef([]);
  const files = held?.files ?? [];
  latest.current = files;
  const most = element.max_files ?? MOST;
  const kinds = element.filetypes?.map((kind) => kind.toLowerCase()) ?? null;

  const add = async (list) => {
    const wanted = [...list];
    const strange = kinds ? wanted.filter((f) => !kinds.includes(ending(f.name))) : [];
    const fitting = wanted.filter((f) => !strange.includes(f));
    const room = most - latest.current.length - waiting.length;
    setProblem(
      strange.length
        ? `${strange[0].name} is not one of: ${kinds.join(", ")}.`
        : fitting.length > room
          ? `At most ${most} ${most === 1 ? "file" : "files"} can be added.`
          : null,
    );
    for (const file of fitting.slice(0, Math.max(0, room))) {
      setWaiting((old) => [...old, file]);
      const where = { view_id: container.view_id, block_id: block.block_id, action_id: element.action_id };
      const answer = await person.upload([file], where);
      setWaiting((old) => old.filter((f) => f !== file));
      if (answer.ok !== false) {
        latest.current = [...latest.current, answer.file];
        change({ files: latest.current });
      }
    }
  };
  const remove = (file) => change({ files: files.filter((f) => f.id !== file.id) });
  const isFull = files.length + waiting.length >= most;
  return (
    <div className="file-input" {...marks(element, block)}>
      {isFull ? null : (
        <div
          className={isOver ? "drop over" : "drop"}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            add(event.dataTransfer.files);
          }}
        >
          <Icon name="upload" size={18} />
          <span>
            <button
              type="button"
              id={element.action_id}
              className="link-button"
              onClick={() => chooser.current.click()}
            >
              {most === 1 ? "Add a file" : "Add files"}
            </button>{" "}
            or drop {most === 1 ? "it" : "them"} here
          </span>
          {kinds ? <small>{kinds.join(", ")}</small> : null}
          <input
            ref={chooser}
            type="file"
            hidden
            multiple={most > 1}
            accept={kinds?.map((kind) => `.${kind}`).join(",")}
            data-testid="file-input"
            onChange={(event) => {
              add(event.target.files);
              event.target.value = "";
            }}
          />
        </div>
      )}
      {problem ? (
        <p className="input-error" role="alert">
          {problem}
        </p>
      ) : null}
      {files.map((file) => (
        <span key={file.id} className="file-card" data-testid="added-file">
          <span className={`file-icon file-${file.filetype}`}>
            <Icon name="file" size={20} />
          </span>
          <span className="file-words">
            <strong>{file.title || file.name}</strong>
            <small>{sizeWords(file.size)}</small>
          </span>
          <button
            type="button"
            className="plain-button"
            aria-label={`Remove ${file.name}`}
            onClick={() => remove(file)}
          >
            <Icon name="close" size={14} />
          </button>
        </span>
      ))}
      {waiting.map((file, i) => (
        <span key={i} className="file-card waiting-file">
          <span className="working" aria-hidden="true" />
          <span className="file-words">
            <strong>{file.name}</strong>
            <small>Uploading…</small>
          </span>
        </span>
      ))}
    </div>
  );
}
