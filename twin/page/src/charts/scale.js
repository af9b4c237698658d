// The arithmetic of charts: round numbers for an axis, where a value lies, how a number reads. Pure.

// Round numbers that cover all values, from 0 or below on: {low, high, ticks}.
export function axisOf(values, wanted = 4) {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  if (low === high) return { low: 0, high: 1, ticks: [0, 1] };
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = [];
  for (let i = first; i <= last; i++) ticks.push(Number((i * step).toPrecision(12)));
  return { low: ticks[0], high: ticks.at(-1), ticks };
}

export const place = (value, { low, high }, from, to) => from + ((value - low) / (high - low)) * (to - from);

export function shortNumber(value) {
  const size = Math.abs(value);
  const [share, unit] = size >= 1e9 ? [1e9, "B"] : size >= 1e6 ? [1e6, "M"] : size >= 1e4 ? [1e3, "k"] : [1, ""];
  return `${Number((value / share).toFixed(share === 1 && size < 10 ? 2 : 1)).toLocaleString("en-US")}${unit}`;
}

// The path of one slice of a circle around 0,0; a whole circle is drawn as two halves.
export function slicePath(from, to, radius, hole = 0) {
  if (to - from >= 0.9999) {
    return `${slicePath(0, 0.5, radius, hole)} ${slicePath(0.5, 0.9998, radius, hole)}`;
  }
  const at = (share, r) => {
    const angle = share * 2 * Math.PI - Math.PI / 2;
    return `${(Math.cos(angle) * r).toFixed(2)},${(Math.sin(angle) * r).toFixed(2)}`;
  };
  const isLarge = to - from > 0.5 ? 1 : 0;
  const inner = hole ? `L${at(to, hole)} A${hole},${hole} 0 ${isLarge} 0 ${at(from, hole)}` : "L0,0";
  return `M${at(from, radius)} A${radius},${radius} 0 ${isLarge} 1 ${at(to, radius)} ${inner} Z`;
}
