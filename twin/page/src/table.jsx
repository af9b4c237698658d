// Tables in a message: the first row is the heading and wide ones scroll sideways. Data tables are read a page at a
// time, sorted by a click on a heading, and searched.
import { useMemo, useState } from "react";
import { Icon } from "./icons.jsx";
import { PlainText, Mrkdwn } from "./mrkdwn.jsx";
import { RichText } from "./richtext.jsx";

const SEARCHED_FROM = 6;

function Cell({ cell }) {
  if (!cell) return null;
  if (cell.type === "rich_text") return <RichText block={cell} />;
  if (cell.type === "mrkdwn") return <Mrkdwn text={cell.text} />;
  return <PlainText text={String(cell.text ?? cell.value ?? "")} />;
}

const isNumber = (cell) => cell?.type === "raw_number";

// What a cell says, for searching and sorting.
function wordsIn(cell) {
  if (!cell) return "";
  if (cell.type !== "rich_text") return String(cell.text ?? cell.value ?? "");
  const said = [];
  const walk = (node) => {
    if (node.text) said.push(node.text);
    for (const one of node.elements ?? []) walk(one);
  };
  walk(cell);
  return said.join("");
}

function compare(a, b) {
  if (isNumber(a) && isNumber(b)) return a.value - b.value;
  return wordsIn(a).localeCompare(wordsIn(b), undefined, { numeric: true });
}

export function Table({ block }) {
  const [head = [], ...rows] = block.rows ?? [];
  const isData = block.type === "data_table";
  const [typed, setTyped] = useState("");
  const [sort, setSort] = useState(null);
  const [page, setPage] = useState(0);
  const found = useMemo(() => {
    const wanted = typed.trim().toLowerCase();
    const fitting = wanted ? rows.filter((row) => row.some((c) => wordsIn(c).toLowerCase().includes(wanted))) : rows;
    if (!sort) return fitting;
    return [...fitting].sort((a, b) => compare(a[sort.column], b[sort.column]) * sort.way);
  }, [block, typed, sort]);
  const size = isData ? (block.page_size ?? 5) : Math.max(1, found.length);
  const pages = Math.max(1, Math.ceil(found.length / size));
  const at = Math.min(page, pages - 1);
  const shown = found.slice(at * size, (at + 1) * size);
  const style = (i, cell) => {
    const setting = block.column_settings?.[i];
    return {
      textAlign: setting?.align ?? (isNumber(cell) ? "right" : undefined),
      whiteSpace: setting?.is_wrapped ? "normal" : undefined,
    };
  };
  const turn = (column) => {
    setPage(0);
    setSort((old) => (old?.column !== column ? { column, way: 1 } : old.way === 1 ? { column, way: -1 } : null));
  };
  return (
    <div className="table-box" data-testid={isData ? "data-table" : "table"}>
      {block.caption || (isData && rows.length >= SEARCHED_FROM) ? (
        <div className="table-top">
          <div className="table-caption">{block.caption?.text ?? block.caption}</div>
          {isData && rows.length >= SEARCHED_FROM ? (
            <input
              className="field table-search"
              placeholder="Search"
              aria-label="Search this table"
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                setPage(0);
              }}
            />
          ) : null}
        </div>
      ) : null}
      <div
        className="table-scroll"
        tabIndex={0}
        role="region"
        aria-label={block.caption?.text ?? block.caption ?? "Table"}
      >
        <table>
          <thead>
            <tr>
              {head.map((cell, i) => (
                <th
                  key={i}
                  style={style(i, rows[0]?.[i])}
                  aria-sort={sort?.column === i ? (sort.way > 0 ? "ascending" : "descending") : undefined}
                >
                  {isData ? (
                    <button type="button" className="table-sort" onClick={() => turn(i)}>
                      <Cell cell={cell} />
                      <Icon name={sort?.column === i ? (sort.way > 0 ? "up" : "down") : "sort"} size={13} />
                    </button>
                  ) : (
                    <Cell cell={cell} />
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, r) => (
              <tr key={r}>
                {row.map((cell, i) => {
                  const Tag = isData && block.row_header_column_index === i ? "th" : "td";
                  return (
                    <Tag key={i} style={style(i, cell)} scope={Tag === "th" ? "row" : undefined}>
                      <Cell cell={cell} />
                    </Tag>
                  );
                })}
              </tr>
            ))}
            {shown.length ? null : (
              <tr>
                <td colSpan={head.length}>Nothing fits.</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {pages > 1 ? (
        <div className="table-pages">
          <button type="button" className="button" disabled={!at} onClick={() => setPage(at - 1)}>
            Previous
          </button>
          <span>
            {at * size + 1}–{Math.min(found.length, (at + 1) * size)} of {found.length}
          </span>
          <button type="button" className="button" disabled={at + 1 >= pages} onClick={() => setPage(at + 1)}>
            Next
          </button>
        </div>
      ) : null}
    </div>
  );
}
