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

export function AppTabs() {
  const person = usePerson();
  const tab = useStore((s) => s.place.tab);
  return (
    <nav className="tabs" role="tablist">
      {TABS.map(([name, label]) => (
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
        <p className="hint">This is a local stand-in for Slack. Nothing said here leaves this machine.</p>
      </div>
    </div>
  );
}
