// The rows of the timeline in memory, oldest first: every call of the app and every delivery to it. A delivery that is
// tried again comes again under its number and takes its old place. The oldest are forgotten beyond twenty thousand.

const MOST = 20_000;
const AT_ONCE = 1_000;

export function createLedger() {
  let rows = [];

  // The place of a number, or where it belongs when it is not there.
  const placeOf = (n) => {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].n < n) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    // A new array whenever something changed, so that those who look can tell.
    rows: () => rows,
    last: () => rows[rows.length - 1]?.n ?? 0,
    find: (n) => (rows[placeOf(n)]?.n === n ? rows[placeOf(n)] : undefined),
    take(incoming) {
      rows = rows.slice();
      for (const row of incoming) {
        const place = row.n > (rows[rows.length - 1]?.n ?? 0) ? rows.length : placeOf(row.n);
        rows.splice(place, rows[place]?.n === row.n ? 1 : 0, row);
      }
      // Forgotten by the thousand: the array need not be moved for every single row.
      if (rows.length > MOST + AT_ONCE) rows = rows.slice(-MOST);
    },
    forget() {
      rows = [];
    },
  };
}
