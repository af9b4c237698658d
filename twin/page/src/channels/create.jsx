// "Create a channel": its name, as Slack would write it, and who may see it.
import { useState } from "react";
import { Dialog } from "../dialog.jsx";
import { Icon } from "../icons.jsx";
import { usePerson } from "../store.js";

const LONGEST = 80;

// Slack's names are small letters, digits, hyphens and underscores.
export const channelName = (typed) =>
  typed
    .toLowerCase()
    .replace(/^#/, "")
    .replace(/[\s.]+/g, "-")
    .replace(/[^\p{L}\p{N}_-]/gu, "")
    .slice(0, LONGEST);

export function Create() {
  const person = usePerson();
  const [name, setName] = useState("");
  const [isPrivate, setPrivate] = useState(false);
  const [problem, setProblem] = useState(null);
  const close = () => person.show(null);
  const create = async () => {
    if (!name) return setProblem("Don’t forget to name your channel.");
    const answer = await person.act("create", { name, is_private: isPrivate }, { quiet: true });
    if (answer.ok === false) return setProblem(answer.say ?? answer.error);
    person.show(null);
    return person.open(answer.channel);
  };
  const kind = (value, icon, title, words) => (
    <label className="kind">
      <input type="radio" name="kind" checked={isPrivate === value} onChange={() => setPrivate(value)} />
      <Icon name={icon} size={18} />
      <span>
        <strong>{title}</strong>
        <small>{words}</small>
      </span>
    </label>
  );
  return (
    <Dialog
      title="Create a channel"
      onClose={close}
      onSubmit={create}
      data-testid="create-dialog"
      footer={
        <>
          <button type="button" className="button large" onClick={close}>
            Cancel
          </button>
          <button type="submit" className="button large primary" data-testid="create-go">
            Create
          </button>
        </>
      }
    >
      <div className={problem ? "input-block has-error" : "input-block"}>
        <label htmlFor="channel-name-field">Name</label>
        <span className="name-field">
          <Icon name={isPrivate ? "lock" : "hash"} size={16} />
          <input
            id="channel-name-field"
            className="field"
            autoFocus
            maxLength={LONGEST}
            placeholder="e.g. plan-budget"
            data-testid="create-name"
            value={name}
            onChange={(event) => {
              setName(channelName(event.target.value));
              setProblem(null);
            }}
          />
          <span className="field-left">{LONGEST - name.length}</span>
        </span>
        {problem ? (
          <p className="input-error" role="alert" data-testid="create-problem">
            {problem}
          </p>
        ) : (
          <p className="hint">Channels are where conversations happen around a topic.</p>
        )}
      </div>
      <div className="kinds" role="radiogroup" aria-label="Visibility">
        {kind(false, "hash", "Public", "Anyone in the workspace can find and join it.")}
        {kind(true, "lock", "Private", "Only people who are invited can see it.")}
      </div>
    </Dialog>
  );
}
