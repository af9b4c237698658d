// A pie: slices clockwise from the top, with the share of each in a note under the pointer.
import { useState } from "react";
import { Hint } from "../hint.jsx";
import { COLOURS } from "./chart.jsx";
import { slicePath } from "./scale.js";

const RADIUS = 100;
const HOLE = 52;

export function Pie({ segments, off }) {
  const [over, setOver] = useState(null);
  const shown = segments.map((s, i) => ({ ...s, i })).filter((s) => !off.includes(s.i) && s.value > 0);
  const sum = shown.reduce((n, s) => n + s.value, 0);
  let from = 0;
  return (
    <svg viewBox="-110 -110 220 220" className="pie" aria-hidden="true">
      {shown.map((s) => {
        const start = from;
        from += s.value / sum;
        return (
          <path
            key={s.i}
            d={slicePath(start, from, RADIUS, HOLE)}
            fill={`var(--chart-${s.i % COLOURS})`}
            className="slice"
            onMouseEnter={(event) => setOver({ s, anchor: event.currentTarget })}
            onMouseLeave={() => setOver(null)}
          />
        );
      })}
      <text y={6} textAnchor="middle" className="pie-sum">
        {sum.toLocaleString("en-US")}
      </text>
      {over ? (
        <Hint anchor={over.anchor}>
          <span className="chart-note">
            <strong>{over.s.label}</strong>
            <span>
              {over.s.value.toLocaleString("en-US")} · {Math.round((over.s.value / sum) * 100)} %
            </span>
          </span>
        </Hint>
      ) : null}
    </svg>
  );
}
