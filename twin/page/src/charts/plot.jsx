// What is drawn inside the axes: groups of bars, lines with dots, or areas laid over one another, the first at the
// back. Over each category lies a strip that shows all its numbers while the pointer is in it.
import { useState } from "react";
import { Hint } from "../hint.jsx";
import { COLOURS } from "./chart.jsx";
import { place } from "./scale.js";

export function Plot({ kind, room, series, off }) {
  const [over, setOver] = useState(null);
  const { left, right, top, bottom, axis, categories } = room;
  const width = (right - left) / categories.length;
  const x = (i) => left + width * (i + 0.5);
  const y = (value) => place(value, axis, bottom, top);
  const shown = series
    .map((s, i) => ({ ...s, i, colour: `var(--chart-${i % COLOURS})` }))
    .filter((s) => !off.includes(s.i));
  const valueOf = (s, name) => s.data.find((p) => p.label === name)?.value;
  const points = (s) =>
    categories.map((name, i) => ({ x: x(i), value: valueOf(s, name) })).filter((p) => p.value !== undefined);
  const line = (s) => points(s).map((p) => `${p.x.toFixed(1)},${y(p.value).toFixed(1)}`);
  const Draw = { bar: Bars, area: Areas, line: Lines }[kind] ?? Lines;
  return (
    <>
      <Draw {...{ shown, categories, valueOf, points, line, x, y, width }} />
      {categories.map((name, i) => (
        <rect
          key={i}
          className="strip"
          x={left + width * i}
          y={top}
          width={width}
          height={bottom - top}
          data-at={over?.i === i || undefined}
          onMouseEnter={(event) => setOver({ i, anchor: event.currentTarget })}
          onMouseLeave={() => setOver(null)}
        />
      ))}
      {over ? (
        <Hint anchor={over.anchor}>
          <span className="chart-note">
            <strong>{categories[over.i]}</strong>
            {shown.map((s) => (
              <span key={s.i}>
                <i style={{ background: s.colour }} /> {s.name}:{" "}
                {valueOf(s, categories[over.i])?.toLocaleString("en-US") ?? "–"}
              </span>
            ))}
          </span>
        </Hint>
      ) : null}
    </>
  );
}

function Bars({ shown, categories, valueOf, x, y, width }) {
  const thick = Math.min(36, (width * 0.72) / shown.length);
  return categories.map((name, c) =>
    shown.map((s, i) => {
      const value = valueOf(s, name);
      if (value === undefined) return null;
      const from = Math.min(y(0), y(value));
      const at = x(c) + (i - shown.length / 2) * thick;
      return (
        <rect
          key={`${c} ${s.i}`}
          x={at + 1}
          y={from}
          width={Math.max(1, thick - 2)}
          height={Math.max(1, Math.abs(y(value) - y(0)))}
          rx={Math.min(3, thick / 4)}
          fill={s.colour}
        />
      );
    }),
  );
}

function Lines({ shown, points, line, y }) {
  return shown.map((s) => (
    <g key={s.i} style={{ color: s.colour }}>
      <polyline points={line(s).join(" ")} className="line" />
      {points(s).map((p, i) => (
        <circle key={i} cx={p.x} cy={y(p.value)} r={3.2} fill="currentColor" />
      ))}
    </g>
  ));
}

function Areas({ shown, points, line, y }) {
  return shown.map((s) => {
    const all = points(s);
    if (!all.length) return null;
    const ground = `${all.at(-1).x.toFixed(1)},${y(0)} ${all[0].x.toFixed(1)},${y(0)}`;
    return (
      <g key={s.i} style={{ color: s.colour }}>
        <polygon points={`${line(s).join(" ")} ${ground}`} className="area" />
        <polyline points={line(s).join(" ")} className="line" />
      </g>
    );
  });
}
