// The frame of a chart: numbers and thin lines at the left, the categories below, thinned out where they would touch.
import { axisOf, place, shortNumber } from "./scale.js";

const WIDE = 560;
const HIGH = 260;
const LETTER = 6.6;

export function Axes({ chart, off, children }) {
  const { categories: given, x_label: below, y_label: beside } = chart.axis_config ?? {};
  const categories = given ?? chart.series[0].data.map((p) => p.label);
  const shown = chart.series.filter((_, i) => !off.includes(i));
  const axis = axisOf(shown.flatMap((s) => s.data.map((p) => p.value)));
  const labels = axis.ticks.map(shortNumber);
  const left = 14 + Math.max(...labels.map((l) => l.length)) * LETTER + (beside ? 18 : 0);
  const room = { left, right: WIDE - 8, top: 10, bottom: HIGH - (below ? 44 : 26), axis, categories };
  const y = (value) => place(value, axis, room.bottom, room.top);
  const width = (room.right - room.left) / categories.length;
  const longest = Math.max(...categories.map((c) => Math.min(c.length, 14)));
  const every = Math.max(1, Math.ceil((longest * LETTER + 8) / width));
  return (
    <svg viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-hidden="true">
      {axis.ticks.map((tick, i) => (
        <g key={tick}>
          <line x1={room.left} x2={room.right} y1={y(tick)} y2={y(tick)} className={tick === 0 ? "base" : "grid"} />
          <text x={room.left - 8} y={y(tick) + 4} textAnchor="end">
            {labels[i]}
          </text>
        </g>
      ))}
      {categories.map((name, i) =>
        i % every ? null : (
          <text key={i} x={room.left + width * (i + 0.5)} y={room.bottom + 18} textAnchor="middle">
            {name.length > 14 ? `${name.slice(0, 13)}…` : name}
          </text>
        ),
      )}
      {below ? (
        <text x={(room.left + room.right) / 2} y={HIGH - 6} textAnchor="middle" className="axis-name">
          {below}
        </text>
      ) : null}
      {beside ? (
        <text
          transform={`translate(12 ${(room.top + room.bottom) / 2}) rotate(-90)`}
          textAnchor="middle"
          className="axis-name"
        >
          {beside}
        </text>
      ) : null}
      {children(room)}
    </svg>
  );
}
