// @ts-check
// The lines of the tree as SVG path data: one path for each style, however many lines it has. Pure.

import { isAnswer } from "./model.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Derivation} Derivation */
/** @typedef {import("./types.js").Placed} Placed */

/**
 * All lines of one style.
 * @typedef {object} Strokes
 * @property {string} style Class names, such as `answers deny lit`.
 * @property {string} line
 * @property {string} tip What ends the lines: filled for an arrow, stroked for a bar.
 * @property {boolean} isBar
 */

/** A verb on a lit line. @typedef {{x: number, y: number, derivation: Derivation}} Verb */

/** What is in view, in pixels. @typedef {{top: number, bottom: number}} View */

/**
 * @typedef {object} Scene
 * @property {Placed[]} placed
 * @property {Set<number>} lit Derivations of the chain.
 * @property {(id: number) => boolean} isLater Appearances that are hidden.
 * @property {(id: number) => boolean} isFaint Appearances that are filtered.
 * @property {(derivation: Derivation) => boolean} isOut Derivations that lead nowhere in a what-if.
 * @property {boolean} isList
 */

const CORNER = 8;
const ARROW = 7;
const ROOM_FOR_A_VERB = 64;
const DASHES = 40; // a whole number of every dash pattern: a clipped line keeps its rhythm

/**
 * The lines of a tree, those that leave a card in one style together; to be drawn for a view by `strokesOf`.
 * @param {Model} model
 * @param {Scene} scene
 * @returns {{trunks: Trunk[], verbs: Verb[]}}
 */
export function trunksOf(model, scene) {
  const rowOf = rowsById(scene.placed);
  /** @type {Map<string, Trunk>} */ const trunks = new Map();
  /** @type {Verb[]} */ const verbs = [];
  for (const derivation of model.claim.derivations) {
    const [from, to] = [rowOf.get(derivation.origin), rowOf.get(derivation.derived)];
    if (!from || !to || from === to || scene.isLater(derivation.derived) || scene.isLater(derivation.origin)) continue;
    const style = styleOf(model, derivation, scene);
    const key = `${style}|${from.row.key}`;
    const trunk = trunks.get(key) ?? new Trunk(from, style, shift(derivation));
    trunks.set(key, trunk);
    trunk.branches.add(to);
    if (scene.lit.has(derivation.id) && to.left - trunk.x > ROOM_FOR_A_VERB && !scene.isList) {
      verbs.push({ x: trunk.x + CORNER + 6, y: to.y - 5, derivation });
    }
  }
  return { trunks: [...trunks.values()], verbs };
}

/** The row in which an appearance is seen: its own, or the one it is folded into. @param {Placed[]} placed */
export function rowsById(placed) {
  /** @type {Map<number, Placed>} */ const rows = new Map();
  for (const each of placed) {
    for (const { id } of each.row.members) {
      if (each.row.kind === "one" || each.row.expanded === false) rows.set(id, each);
    }
  }
  return rows;
}

/** Answers and suggestions leave beside the trunk that carries on. @param {Derivation} derivation */
function shift(derivation) {
  if (derivation.suggested) return -6;
  return isAnswer(derivation) ? -7 : 0;
}

/** @param {Model} model @param {Derivation} derivation @param {Scene} scene */
function styleOf(model, derivation, scene) {
  const derived = model.byId.get(derivation.derived);
  const isPrimary = model.primary(derivation.derived) === derivation;
  const words = [];
  if (derivation.suggested) words.push("suggested");
  else if (isAnswer(derivation)) words.push("answers", derived?.stance ?? "comment");
  else if (!isPrimary) words.push("extra");
  else words.push(derived?.certainty === "asserted" ? "heavy" : "carries");
  if (scene.isFaint(derivation.derived)) words.push("faint");
  if (scene.isOut(derivation)) words.push("out");
  if (scene.lit.has(derivation.id)) words.push("lit");
  return words.join(" ");
}

class Trunk {
  /** @type {Set<Placed>} */ branches = new Set();

  /** @param {Placed} from @param {string} style @param {number} aside */
  constructor(from, style, aside) {
    this.from = from;
    this.style = style;
    this.x = from.x + aside;
  }
}

/**
 * What is in view of these lines, one path for each style, lit ones last.
 * @param {Trunk[]} trunks
 * @param {View} view
 * @returns {Strokes[]}
 */
export function strokesOf(trunks, view) {
  /** @type {Map<string, Strokes>} */ const byStyle = new Map();
  for (const trunk of trunks) {
    const strokes = byStyle.get(trunk.style) ?? {
      style: trunk.style,
      line: "",
      tip: "",
      isBar: trunk.style.startsWith("answers"),
    };
    byStyle.set(trunk.style, strokes);
    drawTrunk(trunk, strokes, view);
  }
  const isLit = (/** @type {Strokes} */ { style }) => Number(style.endsWith("lit"));
  return [...byStyle.values()].sort((a, b) => isLit(a) - isLit(b));
}

/** @param {Trunk} trunk @param {Strokes} strokes @param {View} view */
function drawTrunk({ from, x, branches }, strokes, view) {
  const ends = [...branches].map(({ y }) => y);
  const lowest = Math.max(...ends);
  const highest = Math.min(...ends);
  if (lowest > from.y) strokes.line += upright(x, from.y + from.height / 2, lowest - CORNER, view);
  if (highest < from.y) strokes.line += upright(x, from.y - from.height / 2, highest + CORNER, view);
  for (const to of branches) {
    if (to.y >= view.top && to.y <= view.bottom) drawBranch(x, from, to, strokes);
  }
}

/** A vertical line, of which only what is in view is drawn. @param {number} x @param {number} start @param {number} end @param {View} view */
function upright(x, start, end, { top, bottom }) {
  const down = Math.sign(end - start) || 1;
  const [entry, exit] = down > 0 ? [top, bottom] : [bottom, top];
  const skipped = Math.max(0, Math.floor(((entry - start) * down) / DASHES) * DASHES);
  const from = start + down * skipped;
  const to = down > 0 ? Math.min(end, exit) : Math.max(end, exit);
  return (to - from) * down > 0 ? `M${round(x)} ${round(from)}V${round(to)}` : "";
}

/** From the trunk to the card, with its end. @param {number} x @param {Placed} from @param {Placed} to @param {Strokes} strokes */
function drawBranch(x, from, to, strokes) {
  const down = to.y > from.y ? 1 : -1;
  const isBehind = to.left <= x + 4; // it cannot be reached from its left
  const end = isBehind ? to.left + to.width : to.left;
  const ahead = isBehind ? -1 : 1;
  if (isBehind && end >= x) {
    strokes.line += `M${round(x)} ${round(to.y - down * CORNER)}V${round(to.y - (down * to.height) / 2)}`;
    return;
  }
  const corner = Math.max(2, Math.min(CORNER, Math.abs(end - x) - ARROW));
  const stop = end - ahead * (strokes.isBar ? 3 : ARROW - 1);
  strokes.line +=
    `M${round(x)} ${round(to.y - down * CORNER)}V${round(to.y - down * corner)}` +
    `Q${round(x)} ${round(to.y)} ${round(x + ahead * corner)} ${round(to.y)}H${round(stop)}`;
  strokes.tip += strokes.isBar
    ? `M${round(stop)} ${round(to.y - 6)}V${round(to.y + 6)}`
    : `M${round(end - ahead * ARROW)} ${round(to.y - 3.6)}L${round(end)} ${round(to.y)}L${round(end - ahead * ARROW)} ${round(to.y + 3.6)}Z`;
}

/** @param {number} pixels */
const round = (pixels) => Math.round(pixels * 10) / 10;
