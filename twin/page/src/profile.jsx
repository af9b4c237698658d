// Who somebody is: the marks beside a name (guest, from another organisation), and the card that opens when one
// presses a name or a face, with their title, their time and a way to write to them.
import { useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { nameOf } from "./mentions.jsx";
import { Popover } from "./popover.jsx";
import { usePerson, useStore } from "./store.js";
import { clock } from "./time.js";

// True for people of another organisation, who see this workspace only through shared channels.
export const isExternal = (user, workspace) =>
  Boolean(
    user?.is_stranger ||
    (user && !user.is_bot && user.team_id && user.team_id !== workspace.id && !workspace.enterprise),
  );

export function Marks({ user }) {
  const workspace = useStore((s) => s.workspace);
  if (!user) return null;
  if (isExternal(user, workspace)) {
    return (
      <span className="badge badge-external" title="From another organisation">
        <Icon name="shared" size={12} /> External
      </span>
    );
  }
  if (user.is_ultra_restricted || user.is_restricted) {
    const words = user.is_ultra_restricted ? "Guest of one channel" : "Guest of several channels";
    return (
      <span className="badge badge-guest" title={words}>
        Guest
      </span>
    );
  }
  return null;
}

export function ProfileButton({ user, isFace = false, children }) {
  const [anchor, setAnchor] = useState(null);
  if (!user?.profile) return children;
  return (
    <>
      <button
        type="button"
        className={isFace ? "face-button" : "name-button"}
        tabIndex={isFace ? -1 : undefined}
        aria-label={isFace ? `About ${nameOf(user)}` : undefined}
        aria-haspopup="dialog"
        onClick={(event) => !event.altKey && setAnchor(anchor ? null : event.currentTarget)}
      >
        {children}
      </button>
      {anchor ? <Profile user={user} anchor={anchor} onClose={() => setAnchor(null)} /> : null}
    </>
  );
}

export function Profile({ user, anchor, onClose }) {
  const person = usePerson();
  const app = useStore((s) => s.app);
  const me = useStore((s) => s.me.id);
  const isApp = user.id === app.bot_user_id;
  const write = () => {
    onClose();
    person.message([user.id]);
  };
  return (
    <Popover
      anchor={anchor}
      onClose={onClose}
      className="profile"
      role="dialog"
      aria-label={nameOf(user)}
      data-testid="profile"
    >
      <div className="profile-head">
        <Avatar user={user} name={isApp ? app.name : undefined} size={64} />
        <div>
          <strong>{isApp ? app.name : nameOf(user)}</strong>{" "}
          {user.is_bot ? <span className="badge">APP</span> : <Marks user={user} />}
          <small>@{user.name}</small>
          {user.profile?.title ? <small>{user.profile.title}</small> : null}
        </div>
      </div>
      {user.is_bot ? null : (
        <dl>
          {user.tz ? (
            <div>
              <Icon name="clock" size={16} /> {clock(new Date(), user.tz)} local time
            </div>
          ) : null}
          {user.profile?.email ? (
            <div>
              <Icon name="at" size={16} /> {user.profile.email}
            </div>
          ) : null}
        </dl>
      )}
      {user.is_bot && !isApp ? null : (
        <button type="button" className="button large" data-testid="profile-message" onClick={write}>
          <Icon name="edit" size={16} /> {user.id === me ? "Message yourself" : "Message"}
        </button>
      )}
    </Popover>
  );
}
