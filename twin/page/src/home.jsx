// The app's own place: a Home tab the app fills for each person, the direct messages with it, and what it is.
import { useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Blocks } from "./blocks.jsx";
import { usePerson, useStore } from "./store.js";
import { BlockSurface } from "./surface.jsx";

const TABS = [
  ["home", "Home"],
  ["messages", "Messages"],
  ["about", "About"],
];
const CHAT_TABS = [
  ["home", "Home"],
  ["messages", "Chat"],
  ["history", "History"],
  ["about", "About"],
];

export function AppTabs({ isChat }) {
  const person = usePerson();
  const tab = useStore((s) => s.place.tab);
  return (
    <nav className="tabs" role="tablist">
      {(isChat ? CHAT_TABS : TABS).map(([name, label]) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={tab === name}
          data-testid={`tab-${name}`}
          onClick={() => person.openTab(name)}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}

export function Home() {
  const view = useStore((s) => s.home);
  const app = useStore((s) => s.app);
  if (!view?.blocks) {
    return (
      <div className="home-empty" data-testid="home">
        <Avatar name={app.name} size={64} />
        <h2>{app.name} has not put anything here yet</h2>
        <p>The app publishes this tab when it is opened. If nothing comes, the app may not be running.</p>
      </div>
    );
  }
  return (
    <div className="scroll home" data-testid="home" data-view-id={view.id}>
      <div className="home-inner">
        <HomeBlocks key={view.id} view={view} />
      </div>
    </div>
  );
}

function HomeBlocks({ view }) {
  const [container] = useState({ view_id: view.id });
  return (
    <BlockSurface container={container} kind="home" blocks={view.blocks}>
      <Blocks blocks={view.blocks} />
    </BlockSurface>
  );
}

export function About() {
  const app = useStore((s) => s.app);
  const bot = useStore((s) => s.users[s.app.bot_user_id]);
  const commands = useStore((s) => s.commands);
  const shortcuts = useStore((s) => s.shortcuts);
  const functions = useStore((s) => s.functions);
  return (
    <div className="scroll home" data-testid="about">
      <div className="home-inner about">
        <div className="about-head">
          <Avatar user={bot} name={app.name} size={64} />
          <div>
            <h2>
              {app.name} <span className="badge">APP</span>
            </h2>
            <p>@{bot?.name}</p>
          </div>
        </div>
        {app.description ? <p>{app.description}</p> : null}
        {app.is_installed === false ? <NotInstalled /> : null}
        {commands.length ? (
          <>
            <h3>Commands</h3>
            <dl>
              {commands.map((c) => (
                <div key={c.command}>
                  <dt>
                    <code>{c.command}</code> {c.usage_hint}
                  </dt>
                  <dd>{c.description}</dd>
                </div>
              ))}
            </dl>
          </>
        ) : null}
        {shortcuts.length ? (
          <>
            <h3>Shortcuts</h3>
            <dl>
              {shortcuts.map((s) => (
                <div key={s.callback_id}>
                  <dt>{s.name}</dt>
                  <dd>{s.description}</dd>
                </div>
              ))}
            </dl>
          </>
        ) : null}
        {functions.length ? (
          <>
            <h3>Workflow steps</h3>
            {functions.map((one) => (
              <RunFunction key={one.callback_id} one={one} />
            ))}
          </>
        ) : null}
        <p className="hint">This is a local stand-in for Slack. Nothing said here leaves this machine.</p>
      </div>
    </div>
  );
}

// A step of the app that a workflow would run; here it is run by hand, with what one types in.
function RunFunction({ one }) {
  const person = usePerson();
  const [inputs, setInputs] = useState({});
  const [isBusy, setBusy] = useState(false);
  const run = async (event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await person.act("run_function", { callback_id: one.callback_id, inputs });
    setBusy(false);
    if (answer.ok !== false) person.say(`${one.title} was started.`);
  };
  return (
    <form className="run-function" data-testid={`function-${one.callback_id}`} onSubmit={run}>
      <strong>{one.title}</strong>
      {one.description ? <p>{one.description}</p> : null}
      {(one.inputs ?? []).map((input) => (
        <label key={input.name}>
          {input.title || input.name}
          {input.is_required ? null : <small> (optional)</small>}
          <input
            className="field"
            required={input.is_required}
            placeholder={input.type}
            data-input={input.name}
            value={inputs[input.name] ?? ""}
            onChange={(event) => setInputs({ ...inputs, [input.name]: event.target.value })}
          />
        </label>
      ))}
      <button type="submit" className={isBusy ? "button primary busy" : "button primary"} disabled={isBusy}>
        Run
      </button>
    </form>
  );
}

function NotInstalled() {
  const person = usePerson();
  const name = useStore((s) => s.app.name);
  return (
    <div className="alert alert-warning" role="status">
      <span>{name} is not installed in this workspace, so it hears nothing and cannot speak.</span>
      <button type="button" className="button primary" onClick={() => person.act("install")}>
        Install
      </button>
    </div>
  );
}
