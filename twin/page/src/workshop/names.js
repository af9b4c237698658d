// Names instead of ids: #team-billing for C0BILLING, Ana Kovac for U0ANA. Known from the acting person's lists, and
// learnt from what passes by, so that private channels of others have names here as well.

const NOT_NAMES = new Set(["privategroup", "directmessage"]);

export function createNames() {
  const channels = new Map();
  const users = new Map();
  return {
    channel: (id) => (id ? (channels.get(id) ?? users.get(id) ?? id) : ""),
    user: (id) => (id ? (users.get(id) ?? id) : ""),
    // The name behind any id, or undefined.
    of: (id) => channels.get(id) ?? users.get(id),
    channels: () => [...new Set([...channels.values()].filter((name) => name.startsWith("#")))].sort(),
    know({ users: people = [], channels: places = [], app }) {
      for (const one of people) if (nameOf(one)) users.set(one.id, nameOf(one));
      for (const one of places) learnChannel(channels, one, users, app);
    },
    learn(row) {
      const { payload, response } = row;
      if (payload?.channel_id) learnChannel(channels, { id: payload.channel_id, name: payload.channel_name });
      for (const one of [payload?.channel, response?.channel, ...(response?.channels ?? [])]) {
        learnChannel(channels, one);
      }
      for (const one of [response?.user, ...(response?.members ?? [])]) {
        if (one?.id && nameOf(one)) users.set(one.id, nameOf(one));
      }
    },
  };
}

const nameOf = (user) => user.real_name || user.profile?.real_name || user.name;

function learnChannel(channels, one, users, app) {
  if (!one?.id) return;
  if (one.is_im) {
    const other = one.user === app?.bot_user_id || one.is_app_dm ? app?.name : users?.get(one.user);
    channels.set(one.id, other ? `DM with ${other}` : "Direct message");
  } else if (one.name && one.name !== one.id && !NOT_NAMES.has(one.name)) channels.set(one.id, `#${one.name}`);
}
