// What a person has chosen or typed in the elements of a message, a modal or App Home, in the shape of Slack's
// `state.values`: {block_id: {action_id: {type, value | selected_option | …}}}. Pure functions, nothing to see.

// Every element that a person can operate, with the block it stands in.
export function* elementsOf(blocks) {
  for (const block of blocks ?? []) {
    if (block.type === "container") yield* elementsOf(block.child_blocks ?? block.blocks);
    const found = [block.accessory, block.element, ...(block.type === "actions" ? block.elements : [])];
    for (const element of found) if (element?.action_id) yield { block, element };
  }
}

const plain = (option) => {
  const { text, value, description } = option;
  return description ? { text, value, description } : { text, value };
};

// What an element holds before anybody touches it; null for elements that hold nothing, such as buttons.
export function initialValue(element) {
  const type = element.type;
  switch (type) {
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
      return { type, value: element.initial_value ?? null };
    case "rich_text_input":
      return { type, rich_text_value: element.initial_value ?? null };
    case "static_select":
    case "external_select":
    case "radio_buttons":
      return { type, selected_option: element.initial_option ? plain(element.initial_option) : null };
    case "multi_static_select":
    case "multi_external_select":
    case "checkboxes":
      return { type, selected_options: (element.initial_options ?? []).map(plain) };
    case "users_select":
      return { type, selected_user: element.initial_user ?? null };
    case "multi_users_select":
      return { type, selected_users: element.initial_users ?? [] };
    case "conversations_select":
      return { type, selected_conversation: element.initial_conversation ?? null };
    case "multi_conversations_select":
      return { type, selected_conversations: element.initial_conversations ?? [] };
    case "channels_select":
      return { type, selected_channel: element.initial_channel ?? null };
    case "multi_channels_select":
      return { type, selected_channels: element.initial_channels ?? [] };
    case "datepicker":
      return { type, selected_date: element.initial_date ?? null };
    case "timepicker":
      return { type, selected_time: element.initial_time ?? null };
    case "datetimepicker":
      return { type, selected_date_time: element.initial_date_time ?? null };
    case "file_input":
      return { type, files: [] };
    default:
      return null;
  }
}

// The values of a fresh surface; what a person already entered under the same ids is kept when a view changes.
export function startValues(blocks, earlier = {}) {
  const values = {};
  for (const { block, element } of elementsOf(blocks)) {
    const fresh = initialValue(element);
    if (!fresh) continue;
    const kept = earlier[block.block_id]?.[element.action_id];
    values[block.block_id] ??= {};
    values[block.block_id][element.action_id] = kept?.type === element.type ? kept : fresh;
  }
  return values;
}

export const withValue = (values, block_id, action_id, value) => ({
  ...values,
  [block_id]: { ...values[block_id], [action_id]: value },
});

const CHOICES = {
  static_select: "selected_option",
  external_select: "selected_option",
  users_select: "selected_user",
  conversations_select: "selected_conversation",
  channels_select: "selected_channel",
  multi_static_select: "selected_options",
  multi_external_select: "selected_options",
  multi_users_select: "selected_users",
  multi_conversations_select: "selected_conversations",
  multi_channels_select: "selected_channels",
};

// The key under which a select keeps its choice.
export const choiceKey = (type) => CHOICES[type];

// True when an input that must be filled is empty.
export function isMissing(block, values) {
  if (block.type !== "input" || block.optional) return false;
  const held = values[block.block_id]?.[block.element.action_id];
  if (!held) return false;
  const { type: _, ...content } = held;
  return Object.values(content).every((v) => v == null || v === "" || (Array.isArray(v) && !v.length));
}
