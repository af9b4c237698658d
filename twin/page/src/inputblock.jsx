// A labelled field of a modal: the label, what one fills in, a hint, and in red what is wrong with it.
import { Control } from "./controls.jsx";
import { PlainText } from "./mrkdwn.jsx";
import { useSurface } from "./surface.jsx";

export function InputBlock({ block }) {
  const { errors } = useSurface();
  const error = errors[block.block_id];
  return (
    <div className={error ? "input-block has-error" : "input-block"} data-input-block={block.block_id}>
      <label htmlFor={block.element.action_id}>
        <PlainText text={block.label.text} />
        {block.optional ? <span className="optional"> (optional)</span> : null}
      </label>
      <Control element={block.element} block={block} />
      {error ? (
        <p className="input-error" role="alert" data-testid="input-error">
          {error}
        </p>
      ) : null}
      {block.hint ? (
        <p className="hint">
          <PlainText text={block.hint.text} />
        </p>
      ) : null}
    </div>
  );
}
