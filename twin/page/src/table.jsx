// Tables in a message: the first row is the heading, wide ones scroll sideways, long data tables are paged.
import { useState } from "react";
import { PlainText, Mrkdwn } from "./mrkdwn.jsx";
import { RichText } from "./richtext.jsx";

function Cell({ cell }) {
  if (cell.type === "rich_text") return <RichText block={cell} />;
  if (cell.type === "mrkdwn") return <Mrkdwn text={cell.text} />;
  return <PlainText text={String(cell.text ?? cell.value ?? "")} />;
}

const isNumber = (cell) => cell?.type === "raw_number";

export function Table({ block }) {
  const [head, ...rows] = block.rows ?? [];
  const size = block.type === "data_table" ? (block.page_size ?? 5) : rows.length;
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(rows.length / Math.max(1, size)));
  const shown = rows.slice(page * size, (page + 1) * size);
  const style = (i, cell) => {
    const setting = block.column_settings?.[i];
    return {
      textAlign: setting?.align ?? (isNumber(cell) ? "right" : undefined),
      whiteSpace: setting?.is_wrapped ? "normal" : undefined,
    };
  };
  return (
    <div className="table-box">
      {block.caption ? <div className="table-caption">{block.caption.text ?? block.caption}</div> : null}
      <div className="table-scroll">
        <table>
          <thead>
            <tr>
              {(head ?? []).map((cell, i) => (
                <th key={i} style={style(i, rows[0]?.[i])}>
                  <Cell cell={cell} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, r) => (
              <tr key={r}>
                {row.map((cell, i) => (
                  <td key={i} style={style(i, cell)}>
                    <Cell cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages > 1 ? (
        <div className="table-pages">
          <button type="button" className="button" disabled={!page} onClick={() => setPage(page - 1)}>
            Previous
          </button>
          <span>
            {page + 1} of {pages}
          </span>
          <button type="button" className="button" disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
            Next
          </button>
        </div>
      ) : null}
    </div>
  );
}
