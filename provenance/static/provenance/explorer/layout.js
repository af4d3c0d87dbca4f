// @ts-check
// Where every row stands: over time where there is room and dates are known, else indented. Pure.

import { axisOf, xOf } from "./axis.js";

/** @typedef {import("./axis.js").Axis} Axis */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Placed} Placed */
/** @typedef {import("./types.js").Row} Row */

/**
 * @typedef {object} Frame
 * @property {number} width Of the drawing, in pixels.
 * @property {boolean} isList Whether it is narrow: the tree is then a list, indented, with taller cards.
 * @property {(row: Row) => {card: number, note: number}} measure How wide a row's card wants to be, and what stands beside it.
 */

/**
 * @typedef {object} Layout
 * @property {Placed[]} placed
 * @property {Axis | null} axis Null where no appearance has a date, and in a list.
 * @property {number} height
 * @property {boolean} isList
 */

// Pixels: of a row and of the card in it (plain, with a note, tall); from a card's left edge to its trunk; of a step inwards.
const SIZES = {
  tree: { plain: [27, 24], noted: [27, 24], tall: [52, 46], trunk: 14, lane: 20, step: 26, deepest: Infinity, end: 6 },
  list: { plain: [56, 50], noted: [74, 68], tall: [72, 66], trunk: 8, lane: 38, step: 18, deepest: 8, end: 12 },
};
const LEFT = 20;
const LEAST_CARD = 120;
const MOST_FOR_CARDS = 0.42; // of the width, right of the last date
const MOST_FOR_NOTES = 0.28;

/**
 * @param {Model} model
 * @param {Row[]} rows
 * @param {Frame} frame
 * @returns {Layout}
 */
export function layoutOf(model, rows, frame) {
  const sizes = frame.isList ? SIZES.list : SIZES.tree;
  const axis = frame.isList || model.moments.length === 0 ? null : axisFor(model, rows, frame);
  /** @type {Placed[]} */ const placed = [];
  let top = 0;
  for (const row of rows) {
    const opensLane = placed.length === 0 || placed[placed.length - 1].row.lane !== row.lane;
    if (opensLane && placed.length > 0) top += sizes.lane;
    const { card, note } = frame.measure(row);
    const [pitch, height] = isTall(model, row) ? sizes.tall : note > 0 ? sizes.noted : sizes.plain;
    const x = axis ? xOfRow(model, axis, row, placed, frame) : indented(row, sizes, frame.isList);
    const left = x - sizes.trunk;
    const most = frame.width - left;
    const width = frame.isList ? most : Math.min(card, most);
    placed.push({
      row,
      x,
      y: top + pitch / 2,
      left,
      width,
      height,
      opensLane,
      hasNote: left + card + note <= frame.width,
    });
    top += pitch;
  }
  return { placed, axis, height: top + sizes.end, isList: frame.isList };
}

/** Whether its card says how many rest on it. @param {Model} model @param {Row} row */
export const isTall = (model, row) => row.kind === "one" && row.appearance.id === model.bottleneck;

/**
 * An axis that leaves room for the cards of the latest appearances.
 * @param {Model} model
 * @param {Row[]} rows
 * @param {Frame} frame
 */
function axisFor(model, rows, { width, measure }) {
  const { moments, zone } = model;
  const draft = axisOf(moments, { left: LEFT, right: width, zone });
  let right = width - LEAST_CARD;
  for (const row of rows) {
    const share = (xOf(draft, model.at(row.appearance.id) ?? draft.start) - LEFT) / (width - LEFT);
    const { card, note } = measure(row);
    if (share < 0.4) continue;
    const [withCard, withNote] = [card, card + note].map((room) => LEFT + (width - LEFT - room) / share);
    right = Math.min(right, Math.max(withCard, width * (1 - MOST_FOR_CARDS)));
    right = Math.min(right, Math.max(withNote, width * (1 - MOST_FOR_NOTES)));
  }
  return axisOf(moments, { left: LEFT, right, zone });
}

/**
 * At its date, and right of what it hangs on: so no trunk crosses a card. What is undated, or dated before what it rests on,
 * stands as close to that as can be.
 * @param {Model} model
 * @param {Axis} axis
 * @param {Row} row
 * @param {Placed[]} placed
 * @param {Frame} frame
 */
function xOfRow(model, axis, row, placed, { width }) {
  const at = model.at(row.appearance.id);
  const parent = row.parent < 0 ? null : placed[row.parent];
  const isMember = parent !== null && parent.row.kind !== "one";
  const leftmost = LEFT + SIZES.tree.trunk;
  const least = parent ? parent.x + (isMember ? 0 : SIZES.tree.step) : leftmost;
  const most = Math.max(width - LEAST_CARD, leftmost);
  return Math.min(Math.max(at === null ? 0 : xOf(axis, at), least), most);
}

/**
 * @param {Row} row
 * @param {typeof SIZES.tree} sizes
 * @param {boolean} isList
 */
function indented({ depth }, { trunk, step, deepest }, isList) {
  return trunk + (isList ? 0 : LEFT) + step * Math.min(depth, deepest);
}
