// Who is in a channel, in the pane at the right: everybody by name, adding people, taking somebody out.
import { useState } from "react";
import { Avatar } from "../avatar.jsx";
import { Icon } from "../icons.jsx";
import { nameOf } from "../mentions.jsx";
import { Marks } from "../profile.jsx";
import { usePerson, useStore } from "../store.js";
import { PeoplePicker } from "./peoplepicker.jsx";

const MANY = 8;

export function Members({ channel }) {
  const person = usePerson();
  const users = useStore((s) => s.users);
  const me = useStore((s) => s.me.id);
  const app = useStore((s) => s.app);
  const [typed, setTyped] = useState("");
  const [invited, setInvited] = useState(null);
  const may = channel.is_member && !channel.is_archived && !channel.is_mpim;
  const members = (channel.members ?? []).map((id) => users[id] ?? { id, name: id });
  const wanted = typed.trim().toLowerCase();
  const shown = members
    .filter((u) => `${nameOf(u)} ${u.name}`.toLowerCase().includes(wanted))
    .sort((a, b) => Boolean(a.is_bot) - Boolean(b.is_bot) || nameOf(a).localeCompare(nameOf(b)));
  const invite = async () => {
    const answer = await person.act("invite", { channel: channel.id, users: invited });
    if (answer.ok !== false) setInvited(null);
  };
  if (invited) {
    return (
      <div className="details">
        <PeoplePicker
          chosen={invited}
          onChange={setInvited}
          without={channel.members ?? []}
          most={100}
          label="People to add"
          placeholder="A name, a handle or a title"
          onDone={invite}
        />
        <div className="edit-buttons">
          <button type="button" className="button" onClick={() => setInvited(null)}>
            Cancel
          </button>
          <button
            type="button"
            className="button primary"
            data-testid="invite-go"
            disabled={!invited.length}
            onClick={invite}
          >
            Add
          </button>
        </div>
      </div>
    );
  }
  return (
    <div className="details">
      {members.length > MANY ? (
        <input
          className="field"
          placeholder="Find members"
          aria-label="Find members"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      ) : null}
      {may ? (
        <button type="button" className="details-deed" data-testid="add-people" onClick={() => setInvited([])}>
          <Icon name="plus" size={18} /> Add people
        </button>
      ) : null}
      <ul className="details-people">
        {shown.map((user) => (
          <li key={user.id} data-member={user.name}>
            <Avatar user={user} name={user.id === app.bot_user_id ? app.name : undefined} size={32} />
            <span className="person-words">
              <span>
                <strong>{user.id === app.bot_user_id ? app.name : nameOf(user)}</strong>
                {user.id === me ? <small> (you)</small> : null}{" "}
                {user.is_bot ? <span className="badge">APP</span> : <Marks user={user} />}
              </span>
              <small>{user.profile?.title}</small>
            </span>
            {may && user.id !== me && !channel.is_general ? (
              <button
                type="button"
                className="quiet-link details-kick"
                data-testid="kick"
                onClick={() => person.act("kick", { channel: channel.id, user: user.id })}
              >
                Remove
              </button>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}
