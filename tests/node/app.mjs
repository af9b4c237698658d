// A small app in Bolt for JavaScript, as somebody who has never seen the twin would write it. Only `slackApiUrl` is
// different from an app that talks to Slack. It says "ready" on its standard output once it listens.
import { App } from "@slack/bolt";

const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, PORT } = process.env;

const app = new App({
    token: SLACK_BOT_TOKEN,
    ...(PORT ? { signingSecret: SLACK_SIGNING_SECRET } : { socketMode: true, appToken: SLACK_APP_TOKEN }),
    clientOptions: { slackApiUrl: SLACK_API_URL },
});

app.message("lunch", async ({ message, say }) => {
    await say({
        thread_ts: message.ts,
        text: "Lunch?",
        blocks: [
            { type: "section", text: { type: "mrkdwn", text: `Lunch, <@${message.user}>?` } },
            {
                type: "actions",
                elements: [
                    { type: "button", action_id: "order", text: { type: "plain_text", text: "Order" }, value: "today" },
                ],
            },
        ],
    });
});

app.action("order", async ({ ack, body, action, client }) => {
    await ack();
    await client.views.open({
        trigger_id: body.trigger_id,
        view: {
            type: "modal",
            callback_id: "ordered",
            private_metadata: JSON.stringify({ channel: body.channel.id, ts: body.message.ts, day: action.value }),
            title: { type: "plain_text", text: "Lunch" },
            submit: { type: "plain_text", text: "Order" },
            blocks: [
                {
                    type: "input",
                    block_id: "dish",
                    label: { type: "plain_text", text: "What would you like?" },
                    element: { type: "plain_text_input", action_id: "dish" },
                },
            ],
        },
    });
});

app.view("ordered", async ({ ack, body, view, client }) => {
    const dish = view.state.values.dish.dish.value;
    if (dish === "nothing") {
        await ack({ response_action: "errors", errors: { dish: "You have to eat." } });
        return;
    }
    await ack();
    const { channel, ts, day } = JSON.parse(view.private_metadata);
    await client.chat.update({ channel, ts, text: `${dish} for <@${body.user.id}>, ${day}`, blocks: [] });
});

app.command("/signalbox", async ({ ack, command, respond }) => {
    await ack();
    await respond(`You said ${command.text}.`);
});

app.event("app_home_opened", async ({ event, client }) => {
    await client.views.publish({
        user_id: event.user,
        view: { type: "home", blocks: [{ type: "header", text: { type: "plain_text", text: "Welcome" } }] },
    });
});

await app.start(PORT ? Number(PORT) : undefined);
console.log("ready");
