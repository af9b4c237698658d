// The small sign before a conversation's name: # or a lock for channels, a face for a person, a number for a group,
// and two diamonds after the name when another organisation is in it.
import { Avatar } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { othersIn } from "./names.js";
import { isAppChannel, useStore } from "./store.js";

export function ChannelSign({ channel, size = 16, face = 20 }) {
  const app = useStore((s) => s.app);
  const users = useStore((s) => s.users);
  const others = othersIn({ users }, channel);
  if (isAppChannel({ app }, channel)) return <Avatar user={users[app.bot_user_id]} name={app.name} size={face} />;
  if (channel.is_mpim) {
    return (
      <span className="group-sign" style={{ width: face, height: face }} aria-hidden="true">
        {others.length || (channel.members?.length ?? 1) - 1}
      </span>
    );
  }
  if (channel.is_im) return <Avatar user={others[0]} name={others[0] ? undefined : channel.name} size={face} />;
  return <Icon name={channel.is_private ? "lock" : "hash"} size={size} />;
}

export function SharedSign({ channel }) {
  if (!channel.is_ext_shared) return null;
  return (
    <span className="shared-sign" title="Shared with another organisation" data-testid="shared-sign">
      <Icon name="shared" size={15} />
      <span className="sr-only">shared with another organisation</span>
    </span>
  );
}
