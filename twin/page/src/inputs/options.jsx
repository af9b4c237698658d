// Boxes to tick, and buttons of which one is on.
import { Mrkdwn, PlainText } from "../mrkdwn.jsx";
import { marks, useHeld } from "../surface.jsx";

const bare = ({ text, value, description }) => (description ? { text, value, description } : { text, value });

function OptionWords({ option }) {
  const Words = option.text.type === "mrkdwn" ? Mrkdwn : PlainText;
  const { description } = option;
  const Small = description?.type === "mrkdwn" ? Mrkdwn : PlainText;
  return (
    <span className="option-words">
      <Words text={option.text.text} />
      {description ? (
        <small>
          <Small text={description.text} />
        </small>
      ) : null}
    </span>
  );
}

export function Boxes({ element, block }) {
  const { held, change } = useHeld(block, element);
  const chosen = held?.selected_options ?? [];
  const toggle = (option) => {
    const isOn = chosen.some((o) => o.value === option.value);
    const values = new Set(chosen.map((o) => o.value));
    if (isOn) values.delete(option.value);
    else values.add(option.value);
    change({ selected_options: element.options.filter((o) => values.has(o.value)).map(bare) });
  };
  return (
    <div className="options" role="group" aria-label={block.label?.text} {...marks(element, block)}>
      {element.options.map((option) => (
        <label key={option.value}>
          <input
            type="checkbox"
            value={option.value}
            data-option-value={option.value}
            checked={chosen.some((o) => o.value === option.value)}
            onChange={() => toggle(option)}
          />
          <OptionWords option={option} />
        </label>
      ))}
    </div>
  );
}

export function Radios({ element, block }) {
  const { held, change } = useHeld(block, element);
  return (
    <div className="options" role="radiogroup" aria-label={block.label?.text} {...marks(element, block)}>
      {element.options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            value={option.value}
            data-option-value={option.value}
            checked={held?.selected_option?.value === option.value}
            onChange={() => change({ selected_option: bare(option) })}
          />
          <OptionWords option={option} />
        </label>
      ))}
    </div>
  );
}
