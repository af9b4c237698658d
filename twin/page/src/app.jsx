// The whole window: the bar at the top, channels at the left, the conversation in the middle, a thread at the
// right, and whatever opens above them. This is a stand-in for Slack that talks to the local twin only.
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import "./style/fonts.css";
import "./style/colours.css";
import "./style/window.css";
import "./style/sidebar.css";
import "./style/messages.css";
import "./style/blocks.css";
import "./style/controls.css";
import "./style/composer.css";
import "./style/overlays.css";
import "./style/narrow.css";
import { Channel } from "./channel.jsx";
import { Confirm } from "./confirm.jsx";
import { Icon } from "./icons.jsx";
import { Jump } from "./jump.jsx";
import { Modals } from "./modal.jsx";
import { Mishap } from "./mishap.jsx";
import { createPerson } from "./person.js";
import { Rail, Sidebar } from "./sidebar.jsx";
import { createStore, Twin, usePerson, useStore } from "./store.js";
import { applyTheme, useTheme } from "./theme.js";
import { Thread } from "./thread.jsx";

function App() {
  const person = usePerson();
  const isReady = useStore((s) => s.ready);
  const trouble = useStore((s) => s.trouble);
  const mustSayWho = useStore((s) => s.mustSayWho);
  const { isDark } = useTheme();

  useEffect(applyTheme, [isDark]);
  useEffect(() => {
    const back = () => person.returnTo();
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, [person]);

  if (!isReady) {
    return (
      <div className="starting">
        {mustSayWho ? (
          <WhoAreYou say={trouble} />
        ) : trouble ? (
          <>
            <h1>The twin does not answer yet</h1>
            <p>{trouble} Trying again…</p>
          </>
        ) : null}
      </div>
    );
  }
  return <Window />;
}

// Shown when the address names nobody, or somebody who is not in this workspace.
function WhoAreYou({ say }) {
  const person = usePerson();
  const [name, setName] = useState("");
  return (
    <form
      className="who"
      onSubmit={(event) => {
        event.preventDefault();
        const handle = name.trim().replace(/^@/, "");
        if (handle) person.begin(handle, { as: handle });
      }}
    >
      <h1>Who are you?</h1>
      <p>{say}</p>
      <input
        className="field"
        autoFocus
        placeholder="A person’s handle, for example ana"
        data-testid="who"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button primary large">
        Come in
      </button>
    </form>
  );
}

function Window() {
  const person = usePerson();
  const workspace = useStore((s) => s.workspace.name);
  const me = useStore((s) => s.me.real_name ?? s.me.name);
  const thread = useStore((s) => s.place.thread);
  const panel = useStore((s) => s.panel);
  const connected = useStore((s) => s.connected);
  const unread = useStore((s) => s.channels.reduce((n, c) => n + (c.is_member || c.is_im ? (c.unread ?? 0) : 0), 0));
  const channel = useStore((s) => s.channels.find((c) => c.id === s.place.channel)?.name ?? "");
  const isBlocked = useStore((s) => s.views.length > 0 || Boolean(s.confirm));

  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ""}${channel} · ${workspace} · ${me}`;
  }, [unread, channel, workspace, me]);

  useEffect(() => {
    const key = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        person.show("jump");
      } else if (event.key === "Escape" && !event.defaultPrevented && !isBlocked) {
        if (panel) person.show(null);
        else if (thread) person.closeThread();
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, [person, isBlocked, panel, thread]);

  return (
    <>
      <div className="window" data-panel={panel ?? undefined} data-thread={thread ? "" : undefined} inert={isBlocked}>
        <header className="top-bar">
          <button type="button" className="search" data-testid="open-jump" onClick={() => person.show("jump")}>
            <Icon name="search" size={16} /> Search {workspace}
            <kbd>Ctrl K</kbd>
          </button>
        </header>
        <Rail />
        <div className="frame">
          <Sidebar />
          <Mishap of={channel}>
            <Channel />
          </Mishap>
          <Mishap of={thread}>{thread ? <Thread /> : null}</Mishap>
        </div>
        {connected ? null : (
          <div className="offline" role="status" data-testid="offline">
            Connecting…
          </div>
        )}
      </div>
      <Jump />
      <Mishap of={isBlocked}>
        <Modals />
      </Mishap>
      <Confirm />
      <Toasts />
    </>
  );
}

function Toasts() {
  const toasts = useStore((s) => s.toasts);
  return (
    <div className="toasts" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast ${toast.kind}`} data-testid="toast">
          {toast.text}
        </div>
      ))}
    </div>
  );
}

function begin() {
  applyTheme();
  const store = createStore();
  const person = createPerson(store);
  createRoot(document.getElementById("root")).render(
    <Twin.Provider value={{ store, person }}>
      <App />
    </Twin.Provider>,
  );
  person.start();
}

begin();
