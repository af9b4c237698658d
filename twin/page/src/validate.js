// What Slack's own window checks before a modal is sent: required fields, lengths, numbers, addresses. Returns
// {block_id: sentence}; the app's own rules come afterwards.
import { isMissing } from "./values.js";

const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function problemsOf(blocks, values) {
  const problems = {};
  for (const block of blocks) {
    if (block.type !== "input") continue;
    const problem = isMissing(block, values)
      ? "Please complete this required field."
      : problemOf(block.element, values[block.block_id]?.[block.element.action_id]?.value);
    if (problem) problems[block.block_id] = problem;
  }
  return problems;
}

function problemOf(element, value) {
  if (value == null || value === "") return null;
  switch (element.type) {
    case "plain_text_input":
      return element.min_length && value.length < element.min_length
        ? `Please use at least ${element.min_length} characters.`
        : null;
    case "email_text_input":
      return MAIL.test(value) ? null : "Please enter a valid email address.";
    case "url_text_input":
      return URL.canParse(value) ? null : "Please enter a valid URL.";
    case "number_input":
      return numberProblem(element, value);
    default:
      return null;
  }
}

function numberProblem(element, value) {
  const number = Number(value);
  if (!Number.isFinite(number)) return "Please enter a number.";
  if (!element.is_decimal_allowed && !Number.isInteger(number)) return "Please enter a whole number.";
  const { min_value: least, max_value: most } = element;
  if (least != null && number < Number(least)) return `Please enter a number of at least ${least}.`;
  if (most != null && number > Number(most)) return `Please enter a number of at most ${most}.`;
  return null;
}
