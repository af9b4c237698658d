// Charts, Markdown, plans, task cards and videos, drawn by slack-blocks-to-jsx in the theme of the window.
import { Message } from "slack-blocks-to-jsx";
import "slack-blocks-to-jsx/dist/style.css";
import { ChannelMention, Emoji, Link, UserMention } from "./mentions.jsx";
import { emoji } from "./emoji.js";
import { useTheme } from "./theme.js";

const hooks = {
  user: ({ id }) => <UserMention id={id} />,
  channel: ({ id }) => <ChannelMention id={id} />,
  emoji: (data, fallback) => (emoji(data.name) ? <Emoji name={data.name} /> : fallback(data)),
  link: ({ href, children }) => <Link url={href}>{children}</Link>,
};

export default function Library({ block }) {
  const { isDark } = useTheme();
  return (
    <div className="by-library">
      <Message
        blocks={[block]}
        name=""
        logo=""
        hooks={hooks}
        theme={isDark ? "dark" : "light"}
        withoutWrapper
      />
    </div>
  );
}
