// The narrow column at the very left: workspaces, home, direct messages, the app, and the window's own switches.
import { initials } from "./avatar.jsx";
import { Icon } from "./icons.jsx";
import { isMac } from "./keys/keys.js";
import { isAgent, isAppChannel, isDirect, usePerson, useStore } from "./store.js";
import { useTheme } from "./theme.js";
import { isBold } from "./unread.js";
import { WorkshopButton } from "./workshop/about.jsx";

export const MOD = isMac ? "⌘" : "Ctrl+";

export function Rail() {
  const person = usePerson();
  const workspace = useStore((s) => s.workspace);
  const workspaces = useStore((s) => s.workspaces);
  const people = useStore((s) => s.people);
  const app = useStore((s) => s.app);
  const dm = useStore((s) => s.channels.find((c) => isAppChannel(s, c)));
  const isApp = useStore((s) => s.place.channel === dm?.id && Boolean(dm) && s.panel !== "threads");
  const first = useStore((s) => s.channels.find((c) => c.is_member && !isDirect(c)));
  const isDms = useStore((s) => isDirect(s.channels.find((c) => c.id === s.place.channel)) && !isApp);
  const hasDms = useStore((s) => s.channels.some((c) => isDirect(c) && !isAppChannel(s, c) && isBold(c)));
  const { isDark, toggle } = useTheme();
  const button = ({ name, icon, isHere, isNew, ...rest }) => (
    <button type="button" className={isHere ? "rail-button here" : "rail-button"} {...rest}>
      <span>
        <Icon name={icon} />
        {isNew ? <i className="rail-dot" /> : null}
      </span>
      {name}
    </button>
  );
  return (
    <nav className="rail" aria-label="Places">
      {workspaces.map((one) => (
        <button
          key={one.id}
          type="button"
          className={one.id === workspace.id ? "rail-tile here" : "rail-tile"}
          title={one.name}
          aria-label={`Workspace ${one.name}`}
          data-workspace={one.id}
          onClick={() => {
            const somebody = people.find((p) => p.team_id === one.id);
            if (one.id !== workspace.id && somebody) person.become(somebody.id);
          }}
        >
          {initials(one.name)}
        </button>
      ))}
      {button({
        name: "Home",
        icon: "home",
        isHere: !isApp && !isDms,
        onClick: () => (isApp || isDms) && first && person.go({ channel: first.id }),
      })}
      {button({
        name: "DMs",
        icon: "reply",
        isHere: isDms,
        isNew: hasDms,
        title: `New message (${MOD}Shift+K)`,
        "data-testid": "rail-dms",
        onClick: () => person.show("compose"),
      })}
      {dm
        ? button({
            name: isAgent({ app }) ? "Agent" : "App",
            icon: isAgent({ app }) ? "spark" : "apps",
            isHere: isApp,
            title: app.name,
            "data-testid": "rail-app",
            onClick: () => person.go({ channel: dm.id, tab: app.home_tab === false ? "messages" : "home" }),
          })
        : null}
      <span className="rail-gap" />
      <WorkshopButton />
      {button({
        name: "Keys",
        icon: "keyboard",
        title: `Keyboard shortcuts (${MOD}/)`,
        "data-testid": "show-shortcuts",
        onClick: () => person.show("shortcuts"),
      })}
      {button({
        name: isDark ? "Light" : "Dark",
        icon: isDark ? "sun" : "moon",
        "data-testid": "theme",
        "aria-label": isDark ? "Use light colours" : "Use dark colours",
        onClick: toggle,
      })}
    </nav>
  );
}
