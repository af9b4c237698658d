// The whole window: the bar at the top, channels at the left, the conversation in the middle, a thread at the
// right, and whatever opens above them. This is a stand-in for Slack that talks to the local twin only.
import { useContext, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import "./style/fonts.css";
import "./style/colours.css";
import "./style/window.css";
import "./style/sidebar.css";
import "./style/messages.css";
import "./style/below.css";
import "./style/blocks.css";
import "./style/controls.css";
import "./style/composer.css";
import "./style/overlays.css";
import "./style/people.css";
import "./style/rich.css";
import "./style/inputs.css";
import "./style/charts.css";
import "./style/pictures.css";
import "./style/side.css";
import "./style/search.css";
import "./style/agent.css";
import "./style/narrow.css";
import { AgentSide } from "./agent/agent.jsx";
import { Channel } from "./channel.jsx";
import { Browse } from "./channels/browse.jsx";
import { Compose } from "./channels/compose.jsx";
import { Create } from "./channels/create.jsx";
import { Details } from "./channels/details.jsx";
import { Confirm } from "./confirm.jsx";
import { Icon } from "./icons.jsx";
import { Jump } from "./jump.jsx";
import { answer } from "./keys/keys.js";
import { Shortcuts } from "./keys/shortcuts.jsx";
import { Lightbox } from "./lightbox.jsx";
import { Modals } from "./modal.jsx";
import { Mishap } from "./mishap.jsx";
import { titleOf } from "./names.js";
import { createPerson } from "./person.js";
import { Search } from "./search/search.jsx";
import { Rail } from "./rail.jsx";
import { Sidebar } from "./sidebar.jsx";
import { createStore, isAgent, isAppChannel, Twin, usePerson, useStore } from "./store.js";
import { applyTheme, useTheme } from "./theme.js";
import { Thread } from "./thread.jsx";
import { Threads } from "./threads.jsx";
import { newInAll } from "./unread.js";
import { isWorkshopPage, Workshop, WorkshopPage } from "./workshop/workshop.jsx";

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
  const { store, person } = useContext(Twin);
  const workspace = useStore((s) => s.workspace.name);
  const me = useStore((s) => s.me.real_name ?? s.me.name);
  const thread = useStore((s) => s.place.thread);
  const isChat = useStore((s) => {
    const here = s.channels.find((c) => c.id === s.place.channel);
    return isAgent(s) && isAppChannel(s, here);
  });
  const panel = useStore((s) => s.panel);
  const side = useStore((s) => s.side);
  const connected = useStore((s) => s.connected);
  const unread = useStore(newInAll);
  const channel = useStore((s) =>
    titleOf(
      s,
      s.channels.find((c) => c.id === s.place.channel),
    ),
  );
  const isBlocked = useStore((s) => s.views.length > 0 || Boolean(s.confirm) || Boolean(s.lightbox));
  // What an agent says in its own place is the middle of the window, so it is not shown again at the right.
  const isThread = Boolean(thread) && !isChat;

  useEffect(() => {
    document.title = `${unread ? `(${unread}) ` : ""}${channel} · ${workspace} · ${me}`;
  }, [unread, channel, workspace, me]);

  useEffect(() => {
    const key = (event) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (answer(event, { store, person, isBlocked })) event.preventDefault();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, [store, person, isBlocked]);

  const aside = panel === "shortcuts" ? "shortcuts" : isThread && panel !== "threads" ? "thread" : side?.what;
  return (
    <>
      <div className="window" data-panel={panel ?? undefined} data-side={aside} inert={isBlocked}>
        <TopBar workspace={workspace} />
        <Rail />
        <div className="frame">
          <Sidebar />
          <Mishap of={`${channel} ${panel}`}>{panel === "threads" ? <Threads /> : <Channel />}</Mishap>
          <Mishap of={`${aside} ${thread}`}>
            {aside === "shortcuts" ? (
              <Shortcuts />
            ) : aside === "thread" ? (
              <Thread />
            ) : aside === "search" ? (
              <Search />
            ) : aside === "details" ? (
              <Details tab={side.tab} />
            ) : aside === "agent" ? (
              <AgentSide />
            ) : null}
          </Mishap>
        </div>
        {connected ? null : (
          <div className="offline" role="status" data-testid="offline">
            Connecting…
          </div>
        )}
      </div>
      <Workshop />
      <Jump />
      {panel === "compose" ? <Compose /> : null}
      {panel === "browse" ? <Browse /> : null}
      {panel === "create" ? <Create /> : null}
      <Mishap of={isBlocked}>
        <Modals />
      </Mishap>
      <Lightbox />
      <Confirm />
      <Toasts />
    </>
  );
}

function TopBar({ workspace }) {
  const person = usePerson();
  return (
    <header className="top-bar">
      <button type="button" className="top-step" aria-label="Back" title="Back" onClick={() => history.back()}>
        <Icon name="back" size={16} />
      </button>
      <button type="button" className="top-step" aria-label="Forward" title="Forward" onClick={() => history.forward()}>
        <Icon name="next" size={16} />
      </button>
      <button
        type="button"
        className="search"
        data-testid="open-search"
        title="Search messages (Ctrl+G)"
        onClick={() => person.beside({ what: "search" })}
      >
        <Icon name="search" size={16} /> Search {workspace}
        <kbd>Ctrl G</kbd>
      </button>
      <button
        type="button"
        className="top-jump"
        data-testid="open-jump"
        title="Jump to a conversation (Ctrl+K)"
        onClick={() => person.show("jump")}
      >
        <Icon name="compass" size={16} /> Jump to <kbd>Ctrl K</kbd>
      </button>
    </header>
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
  if (isWorkshopPage()) return createRoot(document.getElementById("root")).render(<WorkshopPage />);
  const store = createStore();
  const person = createPerson(store);
  createRoot(document.getElementById("root")).render(
    <Twin.Provider value={{ store, person }}>
      <App />
    </Twin.Provider>,
  );
  return person.start();
}

begin();
