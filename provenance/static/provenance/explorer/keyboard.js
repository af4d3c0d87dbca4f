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
