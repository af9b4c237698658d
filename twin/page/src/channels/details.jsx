// What there is to know and change about a conversation, in the pane at the right: topic and description, who is in it
// and inviting others, what is pinned, leaving and archiving.
import { useState } from "react";
import { ChannelSign } from "../channelsign.jsx";
import { Icon } from "../icons.jsx";
import { nameOf } from "../mentions.jsx";
import { titleOf } from "../names.js";
import { usePerson, useStore } from "../store.js";
import { dateOf, fullTime } from "../time.js";
import { wordsOf } from "../channel.jsx";
import { channelName } from "./create.jsx";
import { Members } from "./members.jsx";
import { Pins } from "./pins.jsx";

export function Details({ tab }) {
  const person = usePerson();
  const channel = useStore((s) => s.channels.find((c) => c.id === s.place.channel));
  const title = useStore((s) => titleOf(s, channel));
  if (!channel) return null;
  const tabs = [
    ["about", "About"],
    ["members", `Members ${channel.members?.length ?? ""}`],
    ["pins", `Pins ${channel.pinned?.length || ""}`],
  ];
  return (
    <aside className="side" data-testid="details" aria-label={`Details of ${title}`}>
      <header className="pane-header">
        <h2 className="pane-title">
          <ChannelSign channel={channel} size={18} /> {title}
        </h2>
        <span className="topic" />
        <button
          type="button"
          className="plain-button"
          aria-label="Close details"
          data-testid="close-side"
          onClick={() => person.beside(null)}
        >
          <Icon name="close" />
        </button>
      </header>
      <nav className="tabs" role="tablist">
        {tabs.map(([name, label]) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={tab === name}
            data-testid={`details-${name}`}
            onClick={() => person.beside({ what: "details", tab: name })}
          >
            {label}
          </button>
        ))}
      </nav>
      <div className="scroll">
        {tab === "members" ? (
          <Members key={channel.id} channel={channel} />
        ) : tab === "pins" ? (
          <Pins key={channel.id} channel={channel} />
        ) : (
          <About key={channel.id} channel={channel} />
        )}
      </div>
    </aside>
  );
}

const LEAVE = (name) => ({
  title: { text: `Leave #${name}?` },
  text: {
    type: "plain_text",
    text: "If you leave a private channel, you can only come back when somebody invites you.",
  },
  confirm: { text: "Leave" },
  deny: { text: "Cancel" },
  style: "danger",
});

const ARCHIVE = (name) => ({
  title: { text: `Archive #${name}?` },
  text: { type: "plain_text", text: "Nobody can write in an archived channel. It can be brought back." },
  confirm: { text: "Archive channel" },
  deny: { text: "Cancel" },
  style: "danger",
});

function About({ channel }) {
  const person = usePerson();
  const zone = useStore((s) => s.me.tz);
  const creator = useStore((s) => nameOf(s.users[channel.creator]));
  const isGroup = channel.is_mpim;
  const may = channel.is_member && !channel.is_archived;
  const change = (deed, key) => (text) => person.act(deed, { channel: channel.id, [key]: text });
  const ask = async (question, deed) => {
    if (!question || (await person.confirm(question))) person.act(deed, { channel: channel.id });
  };
  return (
    <div className="details">
      {isGroup ? null : (
        <div className="details-box">
          <Fact
            label="Channel name"
            value={channel.name}
            may={may}
            clean={channelName}
            onSave={change("rename", "name")}
            testid="edit-name"
          />
          <Fact
            label="Topic"
            value={wordsOf(channel.topic)}
            empty="Add a topic"
            may={may}
            onSave={change("topic", "text")}
            testid="edit-topic"
          />
          <Fact
            label="Description"
            value={wordsOf(channel.purpose)}
            empty="Add a description"
            may={may}
            onSave={change("purpose", "text")}
            testid="edit-purpose"
          />
          <div className="fact">
            <strong>Created</strong>
            <p>
              {creator ? `by ${creator} ` : ""}
              {channel.created ? `on ${fullTime(dateOf(channel.created), zone)}` : ""}
            </p>
          </div>
        </div>
      )}
      {channel.is_ext_shared ? (
        <p className="details-shared">
          <Icon name="shared" size={16} /> People of another organisation are in this channel and see what is said here.
        </p>
      ) : null}
      {isGroup ? null : (
        <div className="details-box">
          {channel.is_member && !channel.is_general ? (
            <button
              type="button"
              className="details-deed danger"
              data-testid="leave-channel"
              onClick={() => ask(channel.is_private ? LEAVE(channel.name) : null, "leave")}
            >
              <Icon name="leave" size={18} /> Leave channel
            </button>
          ) : null}
          {channel.is_general ? null : (
            <button
              type="button"
              className="details-deed danger"
              data-testid="archive-channel"
              onClick={() => (channel.is_archived ? ask(null, "unarchive") : ask(ARCHIVE(channel.name), "archive"))}
            >
              <Icon name="archive" size={18} />{" "}
              {channel.is_archived ? "Unarchive channel" : "Archive channel for everyone"}
            </button>
          )}
        </div>
      )}
      <p className="hint">Channel ID: {channel.id}</p>
    </div>
  );
}

// One line that can be changed in its place.
function Fact({ label, value, empty, may, clean = (text) => text, onSave, testid }) {
  const [typed, setTyped] = useState(null);
  const save = async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const answer = await onSave(typed.trim());
    if (answer.ok !== false) setTyped(null);
  };
  if (typed === null) {
    return (
      <div className="fact">
        <strong>{label}</strong>
        {may ? (
          <button type="button" className="quiet-link" data-testid={testid} onClick={() => setTyped(value)}>
            Edit
          </button>
        ) : null}
        <p className={value ? undefined : "faint-words"}>{value || empty}</p>
      </div>
    );
  }
  return (
    <form className="fact" onSubmit={save}>
      <strong>{label}</strong>
      <input
        className="field"
        autoFocus
        aria-label={label}
        maxLength={250}
        data-testid={`${testid}-field`}
        value={typed}
        onChange={(event) => setTyped(clean(event.target.value))}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setTyped(null);
        }}
      />
      <div className="edit-buttons">
        <button type="button" className="button" onClick={() => setTyped(null)}>
          Cancel
        </button>
        <button type="submit" className="button primary" data-testid={`${testid}-save`}>
          Save
        </button>
      </div>
    </form>
  );
}
