// Charts in a message: bars, lines, areas and pies, drawn here as pictures of lines. The number under the pointer is
// shown in a note, and a table says the same to those who cannot see the picture.
import { useState } from "react";
import { Axes } from "./axes.jsx";
import { Pie } from "./pie.jsx";
import { Plot } from "./plot.jsx";

export const COLOURS = 12;

export function Chart({ block }) {
  const { chart, title } = block;
  const [off, setOff] = useState([]);
  const isPie = chart.type === "pie";
  const names = isPie ? chart.segments.map((s) => s.label) : chart.series.map((s) => s.name);
  const toggle = (i) =>
    setOff((old) => (old.includes(i) ? old.filter((n) => n !== i) : old.length + 1 < names.length ? [...old, i] : old));
  return (
    <figure className={`chart chart-${chart.type}`} data-testid="chart">
      <figcaption>{title}</figcaption>
      {isPie ? (
        <Pie segments={chart.segments} off={off} />
      ) : (
        <Axes chart={chart} off={off}>
          {(room) => <Plot kind={chart.type} room={room} off={off} series={chart.series} />}
        </Axes>
      )}
      {names.length > 1 ? (
        <ul className="legend">
          {names.map((name, i) => (
            <li key={i}>
              <button type="button" aria-pressed={!off.includes(i)} onClick={() => toggle(i)}>
                <i style={{ background: `var(--chart-${i % COLOURS})` }} /> {name}
                {isPie ? <span className="legend-number"> {shareOf(chart.segments, i)}</span> : null}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <Spoken chart={chart} title={title} />
    </figure>
  );
}

const shareOf = (segments, i) => {
  const sum = segments.reduce((n, s) => n + Math.max(0, s.value), 0);
  return sum ? `${Math.round((Math.max(0, segments[i].value) / sum) * 100)} %` : "";
};

function Spoken({ chart, title }) {
  const rows =
    chart.type === "pie"
      ? chart.segments.map((s) => [s.label, s.value])
      : (chart.axis_config?.categories ?? chart.series[0].data.map((p) => p.label)).map((label) => [
          label,
          ...chart.series.map((s) => s.data.find((p) => p.label === label)?.value ?? ""),
        ]);
  const head = chart.type === "pie" ? ["", "Value"] : ["", ...chart.series.map((s) => s.name)];
  return (
    <table className="sr-only">
      <caption>{title}</caption>
      <thead>
        <tr>
          {head.map((cell, i) => (
            <th key={i}>{cell}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, r) => (
          <tr key={r}>
            {row.map((cell, i) => (
              <td key={i}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
