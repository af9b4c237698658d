// The row of links below a channel's name, as the app or the workspace's people have put them there.
import { emoji } from "../emoji.js";
import { Icon } from "../icons.jsx";
import { Link } from "../mentions.jsx";

export function Bookmarks({ channel }) {
  if (!channel.bookmarks?.length) return null;
  return (
    <nav className="bookmarks" aria-label="Bookmarks" data-testid="bookmarks">
      {channel.bookmarks.map((one) => (
        <Link key={one.id} url={one.link} className="bookmark">
          <Sign name={one.emoji} /> <span>{one.title}</span>
        </Link>
      ))}
    </nav>
  );
}

function Sign({ name }) {
  const character = emoji((name ?? "").replace(/:/g, ""));
  return character ? <span className="emoji">{character}</span> : <Icon name="bookmark" size={16} />;
}
