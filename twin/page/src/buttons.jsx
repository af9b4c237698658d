// What one presses inside blocks: plain buttons, the three-dot menu, thumbs up and down, small picture buttons. A
// button with an address opens it in a new tab and tells the app as well.
import { useState } from "react";
import { Icon } from "./icons.jsx";
import { isSafe, useFollow } from "./mentions.jsx";
import { PlainText } from "./mrkdwn.jsx";
import { Menu } from "./popover.jsx";
import { marks, useSurface } from "./surface.jsx";

export function Button({ element, block }) {
  const { press, busy } = useSurface();
  const isBusy = busy === `${block.block_id}/${element.action_id}/${element.value ?? ""}`;
  const follow = useFollow(element.url);
  const click = () => {
    if (follow) follow();
    else if (isSafe(element.url)) window.open(element.url, "_blank", "noopener");
    const { text, value } = element;
    press(element, block.block_id, value === undefined ? { text } : { text, value });
  };
  return (
    <button
      type="button"
      id={element.action_id}
      className={`button ${element.style ?? ""} ${isBusy ? "busy" : ""}`}
      aria-label={element.accessibility_label}
      aria-busy={isBusy || undefined}
      onClick={click}
      {...marks(element, block)}
    >
      <PlainText text={element.text?.text ?? ""} />
    </button>
  );
}

export function Overflow({ element, block }) {
  const { press } = useSurface();
  const [anchor, setAnchor] = useState(null);
  const items = element.options.map((option) => ({
    label: <PlainText text={option.text.text} />,
    marks: { "data-option-value": option.value },
    onPick: () => {
      if (isSafe(option.url)) window.open(option.url, "_blank", "noopener");
      press(element, block.block_id, { selected_option: { text: option.text, value: option.value } });
    },
  }));
  return (
    <>
      <button
        type="button"
        id={element.action_id}
        className="button overflow"
        aria-label="More"
        aria-haspopup="menu"
        onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
        {...marks(element, block)}
      >
        <Icon name="more" size={18} />
      </button>
      {anchor ? <Menu anchor={anchor} items={items} onClose={() => setAnchor(null)} /> : null}
    </>
  );
}

export function FeedbackButtons({ element, block }) {
  const { press } = useSurface();
  const [given, setGiven] = useState(null);
  const give = async (button, which) => {
    setGiven(which);
    const { text, value } = button;
    if (!(await press(element, block.block_id, { text, value }))) setGiven(null);
  };
  const draw = (button, which, icon) => (
    <button
      type="button"
      className={given === which ? "round-button chosen" : "round-button"}
      aria-label={button.accessibility_label ?? button.text.text}
      aria-pressed={given === which}
      title={button.text.text}
      data-action-id={element.action_id}
      data-block-id={block.block_id}
      data-value={button.value}
      onClick={() => give(button, which)}
    >
      <Icon name={icon} size={18} />
    </button>
  );
  return (
    <span className="feedback" id={element.action_id}>
      {draw(element.positive_button, "positive", "thumbUp")}
      {draw(element.negative_button, "negative", "thumbDown")}
    </span>
  );
}

export function IconButton({ element, block }) {
  const { press } = useSurface();
  return (
    <button
      type="button"
      id={element.action_id}
      className="round-button"
      aria-label={element.accessibility_label ?? element.text?.text}
      title={element.text?.text}
      onClick={() => press(element, block.block_id, { value: element.value, icon: element.icon })}
      {...marks(element, block)}
    >
      <Icon name={element.icon === "trash" ? "trash" : "bolt"} size={18} />
    </button>
  );
}
