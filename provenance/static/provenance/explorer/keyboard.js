// @ts-check
// Walking the tree by keys, as the ARIA practices have it for trees. Pure.

/** @typedef {import("./types.js").Row} Row */

/** Where a key leads: to another row, or to the same one opened or folded. @typedef {{row: Row, turn: boolean}} Step */

/**
 * @param {string} key As of a keyboard event.
 * @param {Row[]} rows
 * @param {Row} row The one that has the focus.
 * @param {(row: Row) => boolean} isHidden
 * @returns {Step | null} Null where the key leads nowhere.
 */
export function walk(key, rows, row, isHidden) {
  const place = rows.indexOf(row);
  const to = (/** @type {Row | undefined} */ found) => (found ? { row: found, turn: false } : null);
  switch (key) {
    case "ArrowDown":
      return to(rows.slice(place + 1).find((each) => !isHidden(each)));
    case "ArrowUp":
      return to(
        rows
          .slice(0, place)
          .reverse()
          .find((each) => !isHidden(each)),
      );
    case "Home":
      return to(rows.find((each) => !isHidden(each)));
    case "End":
      return to([...rows].reverse().find((each) => !isHidden(each)));
    case "ArrowRight":
      if (row.expanded === false) return { row, turn: true };
      return to(rows.slice(place + 1).find((each) => each.parent === place && !isHidden(each)));
    case "ArrowLeft":
      if (row.expanded === true) return { row, turn: true };
      return to(rows[row.parent]);
    default:
      return null;
  }
}

/**
 * The row that the tab key reaches: where the focus was, else the selected one, else the first that is shown.
 * @param {import("./model.js").Model} model
 * @param {Row[]} rows
 * @param {import("./types.js").Settings} settings
 * @param {string | null} focused The key of the row where the focus was.
 * @returns {string | null} Its key.
 */
export function tabStop(model, rows, { selected, moment }, focused) {
  const there = rows.filter(({ members }) => !members.every(({ id }) => model.isLater(id, moment)));
  const wanted = [
    there.find(({ key }) => key === focused),
    there.find(({ members }) => members.some(({ id }) => id === selected)),
    there[0],
  ];
  return wanted.find((row) => row !== undefined)?.key ?? null;
}
