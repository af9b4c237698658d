// Rows as something one can paste: indented JSON, or a command line that does the same again. Secrets are never in it:
// the token and the signing secret are taken from the shell's environment.

const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;

export const jsonOf = (row) => JSON.stringify(row, null, 2);

// Null for what no command line can do again, such as the bytes of a file.
export function curlOf(row, requestUrl) {
  if (row.way !== "call") return deliverAgain(row, requestUrl);
  if (row.method === "response_url") return answerAgain(row);
  return row.method.includes(".") ? callAgain(row) : null;
}

function answerAgain({ args: { response_url, channel, user, ...body } }) {
  return [
    `curl -sS -X POST ${quoted(`${location.origin}${response_url}`)}`,
    `  -H 'Content-Type: application/json'`,
    `  --data-raw ${quoted(JSON.stringify(body))}`,
  ].join(" \\\n");
}

function callAgain({ method, args }) {
  return [
    `curl -sS -X POST ${quoted(`${location.origin}/api/${method}`)}`,
    `  -H "Authorization: Bearer $SLACK_BOT_TOKEN"`,
    `  -H 'Content-Type: application/json; charset=utf-8'`,
    `  --data-raw ${quoted(JSON.stringify(args ?? {}))}`,
  ].join(" \\\n");
}

// Slack signs "v0:<time>:<body>", so the body is fixed first and signed by openssl when the command is run.
function deliverAgain({ kind, payload, attempts = [] }, requestUrl) {
  const [type, body] = bodyOf(kind, payload);
  const retry = attempts.length > 1 ? [`  -H 'X-Slack-Retry-Num: ${attempts.length - 1}'`] : [];
  return [
    `body=${quoted(body)}`,
    "ts=$(date +%s)",
    `sig=v0=$(printf 'v0:%s:%s' "$ts" "$body" | openssl dgst -sha256 -hmac "$SLACK_SIGNING_SECRET" | sed 's/^.* //')`,
    [
      `curl -sS -X POST ${quoted(requestUrl || "http://127.0.0.1:3000/slack/events")}`,
      `  -H "X-Slack-Request-Timestamp: $ts"`,
      `  -H "X-Slack-Signature: $sig"`,
      `  -H 'Content-Type: ${type}'`,
      ...retry,
      `  --data-raw "$body"`,
    ].join(" \\\n"),
  ].join("\n");
}

function bodyOf(kind, payload) {
  if (kind === "events_api") return ["application/json", JSON.stringify(payload)];
  const fields = kind === "interactive" ? { payload: JSON.stringify(payload) } : payload;
  return ["application/x-www-form-urlencoded", new URLSearchParams(fields).toString()];
}
