// Everything a person can operate inside blocks, by its kind. Each carries its action id, so that a test or a script
// can find it.
import { Button, FeedbackButtons, IconButton, Overflow } from "./buttons.jsx";
import { Choice } from "./choice.jsx";
import { FileInput } from "./inputs/fileinput.jsx";
import { Boxes, Radios } from "./inputs/options.jsx";
import { DateTimePicker, Picker } from "./inputs/pickers.jsx";
import { RichInput } from "./inputs/richinput.jsx";
import { TextInput } from "./inputs/textinput.jsx";
import { useStore } from "./store.js";

const KINDS = {
  button: Button,
  workflow_button: Button,
  overflow: Overflow,
  checkboxes: Boxes,
  radio_buttons: Radios,
  datepicker: Picker,
  timepicker: Picker,
  datetimepicker: DateTimePicker,
  plain_text_input: TextInput,
  number_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  rich_text_input: RichInput,
  file_input: FileInput,
  feedback_buttons: FeedbackButtons,
  icon_button: IconButton,
};

export function Control({ element, block }) {
  const me = useStore((s) => s.me.id);
  if (element.visible_to_user_ids && !element.visible_to_user_ids.includes(me)) return null;
  const Draw = KINDS[element.type] ?? (/select$/.test(element.type) ? Choice : null);
  if (!Draw) return <span className="unknown">This page cannot draw “{element.type}”.</span>;
  return <Draw element={element} block={block} />;
}
