// How the workshop writes times: to the millisecond in the timeline, as large digits on the clock.

const formats = new Map();

function format(zone, options) {
  const key = `${zone}|${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(key);
}

const HOURS = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

// 12:04:31.120, in a time zone or in the browser's own.
export const timeOf = (date, zone, { hasMillis = true } = {}) =>
  format(zone, hasMillis ? { ...HOURS, fractionalSecondDigits: 3 } : HOURS).format(date);

// Tuesday, 24 November 2026
export const dayOf = (date, zone) =>
  format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(date);

export const zoneOf = (zone) => zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

function partsOf(date, zone) {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", ...HOURS };
  const parts = format(zone, options).formatToParts(date);
  return Object.fromEntries(parts.map((part) => [part.type, Number(part.value)]));
}

// The moment at which clocks of that zone next show this hour. Found by looking, so that days of 23 or 25 hours do not
// matter: the guess is wrong by at most what the clocks were moved, and the second look mends that.
export function nextAt(hour, now, zone) {
  const { year, month, day, hour: h, minute, second } = partsOf(now, zone);
  const isLater = h * 3600 + minute * 60 + second >= hour * 3600;
  return momentOf(zone, year, month, day + (isLater ? 1 : 0), hour, 0);
}

export function momentOf(zone, year, month, day, hour, minute) {
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  let guess = wanted;
  for (let looks = 0; looks < 2; looks += 1) {
    const at = partsOf(new Date(guess), zone);
    guess += wanted - Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
  }
  return new Date(guess);
}

// "2026-11-24T09:00", as a date and time field wants it.
export function fieldOf(date, zone) {
  const { year, month, day, hour, minute } = partsOf(date, zone);
  const two = (number) => String(number).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

// "2 d 3 h", "5 min", "12 s"; the two largest units that matter.
export function lengthOf(total) {
  const whole = Math.round(Math.abs(total));
  const units = [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  const parts = [];
  let rest = whole;
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count && parts.length < 2) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ") || "0 s";
}
