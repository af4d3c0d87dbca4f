// @ts-check
// Circular reports as lines that lead back: from where a claim returned to a group to where it had left it. Pure.

import { rowsById } from "./lines.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Finding} Finding */
/** @typedef {import("./types.js").Placed} Placed */

/** A line back, and its arrow. @typedef {{line: string, tip: string, isLit: boolean}} Return */

const LINES_AT_MOST = 40; // more would not be told apart
const ASIDE = 12; // pixels right of all that stands between
const APART = 5; // from one line to the next
const LANES = 4; // that stand apart; then they share
const ARROW = 7;
const CORNER = 6;

/**
 * @param {Model} model
 * @param {object} scene
 * @param {Placed[]} scene.placed
 * @param {(placed: Placed) => number} scene.rightOf Where all that stands in a row ends, in pixels.
 * @param {number} scene.most How far right a line may go.
 * @param {(id: number) => boolean} scene.isLater
 * @param {Finding | null} scene.lit
 * @returns {Return[]} The lit one last.
 */
export function returnsOf(model, { placed, rightOf, most, isLater, lit }) {
  const rows = rowsById(placed);
  const loops = model.loops.slice(0, LINES_AT_MOST);
  if (lit && model.loops.includes(lit) && !loops.includes(lit)) loops.push(lit);
  return loops
    .flatMap((loop, place) => {
      const [from, to] = [loop.about[loop.about.length - 1], loop.about[0]].map((id) => rows.get(id));
      if (!from || !to || from === to || loop.about.some(isLater)) return [];
      const x = Math.min(beyond(placed, from, to, rightOf) + (place % LANES) * APART, most);
      return [{ ...back(from, to, x), isLit: loop === lit }];
    })
    .sort((a, b) => Number(a.isLit) - Number(b.isLit));
}

/** Right of all rows from the one to the other. @param {Placed[]} placed @param {Placed} from @param {Placed} to @param {(placed: Placed) => number} rightOf */
function beyond(placed, from, to, rightOf) {
  const [first, last] = [placed.indexOf(from), placed.indexOf(to)].sort((a, b) => a - b);
  return placed.slice(first, last + 1).reduce((most, each) => Math.max(most, rightOf(each)), 0) + ASIDE;
}

/** @param {Placed} from @param {Placed} to @param {number} x */
function back(from, to, x) {
  const up = to.y < from.y ? -1 : 1;
  const [start, end] = [from.left + from.width, to.left + to.width].map(Math.round);
  const line =
    `M${start} ${from.y}H${x - CORNER}Q${x} ${from.y} ${x} ${from.y + up * CORNER}` +
    `V${to.y - up * CORNER}Q${x} ${to.y} ${x - CORNER} ${to.y}H${end + ARROW - 1}`;
  return { line, tip: `M${end + ARROW} ${to.y - 3.6}L${end} ${to.y}L${end + ARROW} ${to.y + 3.6}Z` };
}
