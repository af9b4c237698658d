// How times read: "9:41 AM" beside a message, "Today" on a day divider, "2 hours ago" under a thread, always in
// the time zone of the person one acts as. Slack's own date tokens are filled here as well.

const formats = new Map();

function format(zone, options) {
  const key = `${zone}|${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options }));
  return formats.get(key);
}

export const dateOf = (ts) => new Date(Number(ts) * 1000);

export const clock = (date, zone) => format(zone, { hour: "numeric", minute: "2-digit" }).format(date);

export const hourMinute = (date, zone) => clock(date, zone).replace(/\s?[AP]M$/, "");

// Asked for every message of a channel, so what one quarter of an hour answers is remembered: no time zone starts
// its day in the middle of one.
const days = new Map();

export function dayKey(date, zone) {
  const quarter = `${zone}|${Math.floor(date.getTime() / 900000)}`;
  if (!days.has(quarter)) {
    days.set(quarter, format(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(date));
  }
  return days.get(quarter);
}

const ordinal = (day) => {
  const rest = day % 100;
  if (rest > 10 && rest < 14) return `${day}th`;
  return `${day}${{ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th"}`;
};

function parts(date, zone) {
  const options = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  return Object.fromEntries(format(zone, options).formatToParts(date).map((p) => [p.type, p.value]));
}

function relativeDay(date, zone, now) {
  const day = dayKey(date, zone);
  if (day === dayKey(now, zone)) return "Today";
  if (day === dayKey(new Date(now.getTime() - 86400000), zone)) return "Yesterday";
  if (day === dayKey(new Date(now.getTime() + 86400000), zone)) return "Tomorrow";
  return null;
}

export function dayTitle(date, zone, now) {
  const near = relativeDay(date, zone, now);
  if (near && near !== "Tomorrow") return near;
  const { weekday, month, day, year } = parts(date, zone);
  const sameYear = year === parts(now, zone).year;
  return `${weekday}, ${month} ${ordinal(Number(day))}${sameYear ? "" : `, ${year}`}`;
}

export function fullTime(date, zone) {
  const { weekday, month, day, year } = parts(date, zone);
  return `${weekday}, ${month} ${ordinal(Number(day))}, ${year} at ${clock(date, zone)}`;
}

export function ago(date, now) {
  const distance = (now.getTime() - date.getTime()) / 1000;
  const seconds = Math.abs(distance);
  if (seconds < 60) return "just now";
  const [count, unit] =
    seconds < 3600
      ? [Math.floor(seconds / 60), "minute"]
      : seconds < 86400
        ? [Math.floor(seconds / 3600), "hour"]
        : [Math.floor(seconds / 86400), "day"];
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return distance < 0 ? `in ${words}` : `${words} ago`;
}

// Fills "{date_short} at {time}" and its kin. As in Slack, "today" is "Today" only where the pattern begins with it,
// so that an app can write "by {date_pretty}".
export function fillDate(pattern, date, zone, now) {
  const { weekday, month, day, year } = parts(date, zone);
  const near = relativeDay(date, zone, now);
  const long = `${weekday}, ${month} ${ordinal(Number(day))}, ${year}`;
  const plain = `${month} ${ordinal(Number(day))}, ${year}`;
  const short = format(zone, { month: "short", day: "numeric", year: "numeric" }).format(date);
  const words = {
    date_num: dayKey(date, zone).replace(/(\d+)\/(\d+)\/(\d+)/, "$3-$1-$2"),
    date_slash: dayKey(date, zone),
    date: plain,
    date_short: short,
    date_long: long,
    date_long_full: long,
    date_pretty: near?.toLowerCase() ?? plain,
    date_short_pretty: near?.toLowerCase() ?? short,
    date_long_pretty: near?.toLowerCase() ?? long,
    time: clock(date, zone),
    time_secs: format(zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(date),
    ago: ago(date, now),
    day_divider_pretty: dayTitle(date, zone, now),
  };
  const filled = pattern.replace(/\{(\w+)\}/g, (whole, word) => words[word] ?? whole);
  return /^\{(?!ago\})/.test(pattern) ? filled.charAt(0).toUpperCase() + filled.slice(1) : filled;
}

// Seconds since 1970 as the "2026-11-24T09:30" a clock on that person's wall shows, and back.
export function toWall(seconds, zone) {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const found = format(zone, options).formatToParts(dateOf(seconds));
  const { year, month, day, hour, minute } = Object.fromEntries(found.map((p) => [p.type, p.value]));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

export function fromWall(text, zone) {
  const asked = Date.parse(`${text.slice(0, 16)}:00Z`) / 1000;
  const offset = (at) => Date.parse(`${toWall(at, zone)}:00Z`) / 1000 - at;
  const near = asked - offset(asked);
  return asked - offset(near);
}
