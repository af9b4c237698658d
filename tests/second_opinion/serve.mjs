// A Slack that we did not write: emulate's, with the workspace of the file that is named (JSON). Prints its address, and
// then sends events to every address that it reads, one a line, until its input ends.
//
// Two things are added, because emulate offers no other way:
// - an address for events can only be told to its plugin object;
// - arguments in the address. Slack reads them there too, and Slack's own Python client puts them there for some methods,
//   by GET and by POST; emulate reads none but those in the body of a POST.
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createEmulator } from "emulate";

const seed = JSON.parse(readFileSync(process.argv[2], "utf8"));

const dist = new URL("./node_modules/emulate/dist/", import.meta.url);
const file = readdirSync(dist).find(
  (name) => name.endsWith(".js") && /export \{[^}]*\bslackPlugin\b/.test(readFileSync(new URL(name, dist), "utf8")),
);
const { slackPlugin } = await import(new URL(file, dist));

let hooks;
const register = slackPlugin.register;
slackPlugin.register = (app, store, webhooks, ...rest) => {
  hooks = webhooks;
  app.use("/api/:method", async ({ req }, next) => {
    const { pathname, search, origin } = new URL(req.url);
    if (!search) return next();
    const headers = {
      authorization: req.header("authorization") ?? "",
      "content-type": "application/x-www-form-urlencoded",
    };
    return app.fetch(new Request(origin + pathname, { method: "POST", headers, body: search.slice(1) }));
  });
  register(app, store, webhooks, ...rest);
};

const slack = await createEmulator({ service: "slack", port: 0, seed: { slack: seed, tokens: {} } });
console.log(slack.url);
for await (const url of createInterface({ input: process.stdin })) {
  hooks.register({ url, events: ["*"], active: true, owner: "slack" });
}
await slack.close();
process.exit(0);
