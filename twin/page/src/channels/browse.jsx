// "All channels": every channel this person may see, to look at, join or leave; archived ones on request.
import { useState } from "react";
import { SharedSign } from "../channelsign.jsx";
import { Dialog } from "../dialog.jsx";
import { Icon } from "../icons.jsx";
import { isDirect, usePerson, useStore } from "../store.js";
import { wordsOf } from "../channel.jsx";

export function Browse() {
  const person = usePerson();
  const channels = useStore((s) => s.channels);
  const [typed, setTyped] = useState("");
  const [showArchived, setArchived] = useState(false);
  const wanted = typed.trim().toLowerCase().replace(/^#/, "");
  const shown = channels
    .filter((c) => !isDirect(c) && Boolean(c.is_archived) === showArchived)
    .filter((c) => `${c.name} ${wordsOf(c.topic)} ${wordsOf(c.purpose)}`.toLowerCase().includes(wanted))
    .sort((a, b) => a.name.localeCompare(b.name));
  const open = (channel) => {
    person.show(null);
    person.go({ channel: channel.id });
  };
  const move = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const rows = [...event.currentTarget.querySelectorAll(".browse-search, .browse-row")];
    rows[
      Math.max(
        0,
        Math.min(rows.length - 1, rows.indexOf(document.activeElement.closest(".browse-search, .browse-row")) + step),
      )
    ]?.focus();
  };
  return (
    <Dialog
      title="All channels"
      className="browse"
      onClose={() => person.show(null)}
      onSubmit={() => shown.length && open(shown[0])}
      data-testid="browse"
      footer={
        <>
          <label className="also browse-archived">
            <input type="checkbox" checked={showArchived} onChange={(event) => setArchived(event.target.checked)} />
            Archived channels
          </label>
          <button type="button" className="button large primary" onClick={() => person.show("create")}>
            Create a channel
          </button>
        </>
      }
    >
      <div onKeyDown={move}>
        <input
          className="field browse-search"
          autoFocus
          placeholder="Search for channels"
          aria-label="Search for channels"
          data-testid="browse-search"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <p className="hint browse-count">
          {shown.length} {shown.length === 1 ? "channel" : "channels"}
        </p>
        <ul className="browse-list">
          {shown.map((channel) => (
            <li
              key={channel.id}
              className="browse-row"
              tabIndex={0}
              data-browse={channel.name}
              onClick={(event) => event.target.closest("button") || open(channel)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" || event.target !== event.currentTarget) return;
                event.preventDefault();
                open(channel);
              }}
            >
              <Row channel={channel} />
            </li>
          ))}
          {shown.length ? null : <li className="listbox-empty">No channels match</li>}
        </ul>
      </div>
    </Dialog>
  );
}

function Row({ channel }) {
  const person = usePerson();
  const count = channel.members?.length ?? channel.num_members ?? 0;
  const about = wordsOf(channel.purpose) || wordsOf(channel.topic);
  return (
    <>
      <span className="browse-words">
        <strong>
          <Icon name={channel.is_private ? "lock" : "hash"} size={15} /> {channel.name} <SharedSign channel={channel} />
        </strong>
        <small>
          {channel.is_member ? <em>✓ Joined · </em> : null}
          {count} {count === 1 ? "member" : "members"}
          {about ? ` · ${about}` : ""}
        </small>
      </span>
      {channel.is_archived ? (
        <button type="button" className="button" onClick={() => person.act("unarchive", { channel: channel.id })}>
          Unarchive
        </button>
      ) : channel.is_member ? (
        channel.is_general ? null : (
          <button
            type="button"
            className="button"
            data-testid="browse-leave"
            onClick={() => person.act("leave", { channel: channel.id })}
          >
            Leave
          </button>
        )
      ) : (
        <button
          type="button"
          className="button primary"
          data-testid="browse-join"
          onClick={() => person.act("join", { channel: channel.id })}
        >
          Join
        </button>
      )}
    </>
  );
}
