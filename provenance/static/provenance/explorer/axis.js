// @ts-check
// The time axis: one straight piece per day (or month, year, …), wider where more happened, empty stretches cut. Pure.

import { begin, clock, DAY, dayName, HOUR, monthName, parts } from "./dates.js";

/** @typedef {import("./dates.js").Zone} Zone */
/** @typedef {"day" | "month" | "year" | "decade" | "century"} Unit */

/**
 * A piece of time, drawn to one scale.
 * @typedef {object} Piece
 * @property {number} from Milliseconds since 1970.
 * @property {number} to
 * @property {number} left In pixels.
 * @property {number} right
 * @property {string} label Empty where it has no room.
 * @property {boolean} isCut Whether nothing happened in it, for so long that it is drawn short.
 */

/**
 * @typedef {object} Axis
 * @property {Unit} unit
 * @property {number} start
 * @property {number} end
 * @property {Piece[]} pieces
 * @property {{x: number, label: string}[]} ticks
 */

/** @type {[Unit, number][]} The finest unit of which a span has at most so many days. */
const UNITS = [
  ["day", 16],
  ["month", 550],
  ["year", 365 * 25],
  ["decade", 365 * 250],
  ["century", Infinity],
];
/** @type {Record<"year" | "decade" | "century", number>} */
const YEARS = { year: 1, decade: 10, century: 100 };
const CUT = 28; // pixels of a stretch that is cut
const WORTH_CUTTING = 0.1; // of the whole
const MARGIN = 0.035; // of the span, before the first and after the last
const TICKS_APART = 50; // pixels

/**
 * @param {number[]} moments In order; at least one.
 * @param {{left: number, right: number, zone: Zone}} frame
 * @returns {Axis}
 */
export function axisOf(moments, { left, right, zone }) {
  const [first, last] = [moments[0], moments[moments.length - 1]];
  const margin = Math.max((last - first) * MARGIN, HOUR);
  const end = last + margin;
  const unit = unitOf(moments);
  const start = Math.max(first - margin, begins(first, unit, zone)); // no piece of time before anything happened
  const spans = cutEmpty(spansOf(start, end, unit, zone), moments, end - start);
  const pieces = withWidths(spans, moments, left, right).map((piece) => ({
    ...piece,
    label: labelOf(piece, unit, zone),
  }));
  return { unit, start, end, pieces, ticks: pieces.flatMap((piece) => ticksOf(piece, unit, zone)) };
}

/** @param {Axis} axis @param {number} at */
export function xOf({ pieces }, at) {
  const piece = pieces.find(({ to }) => at <= to) ?? pieces[pieces.length - 1];
  return piece.left + ((piece.right - piece.left) * (at - piece.from)) / (piece.to - piece.from);
}

/** @param {Axis} axis @param {number} x */
export function momentAt({ pieces }, x) {
  const piece = pieces.find(({ right }) => x <= right) ?? pieces[pieces.length - 1];
  return piece.from + ((piece.to - piece.from) * (x - piece.left)) / (piece.right - piece.left);
}

/** What an axis of these moments is divided into. @param {number[]} moments In order. @returns {Unit} */
export function unitOf(moments) {
  const days = (moments[moments.length - 1] - moments[0]) / DAY;
  return (UNITS.find(([, most]) => days <= most) ?? UNITS[UNITS.length - 1])[0];
}

/** @typedef {{from: number, to: number, isCut: boolean}} Span */

/**
 * @param {number} start
 * @param {number} end
 * @param {Unit} unit
 * @param {Zone} zone
 * @returns {Span[]}
 */
function spansOf(start, end, unit, zone) {
  const spans = [];
  for (let from = start; from < end; ) {
    const to = Math.min(begins(from, unit, zone, 1), end);
    spans.push({ from, to, isCut: false });
    from = to;
  }
  return spans;
}

/** Where the day, month, … of this instant begins, or one some units later. @param {number} at @param {Unit} unit @param {Zone} zone */
function begins(at, unit, zone, later = 0) {
  const { year, month, day } = parts(at, zone);
  if (unit === "day") return begin(zone, year, month, day + later);
  if (unit === "month") return begin(zone, year, month + later);
  return begin(zone, (Math.floor(year / YEARS[unit]) + later) * YEARS[unit]);
}

/**
 * Neighbouring spans without an event become one, cut if that is long.
 * @param {Span[]} spans
 * @param {number[]} moments
 * @param {number} whole
 */
function cutEmpty(spans, moments, whole) {
  /** @type {Span[]} */ const kept = [];
  /** @type {Span[]} */ let empty = [];
  const flush = () => {
    const merged = empty.length > 0 && { from: empty[0].from, to: empty[empty.length - 1].to, isCut: true };
    if (merged && (merged.to - merged.from) / whole > WORTH_CUTTING) kept.push(merged);
    else kept.push(...empty);
    empty = [];
  };
  for (const span of spans) {
    if (countIn(span, moments) === 0) empty.push(span);
    else {
      flush();
      kept.push(span);
    }
  }
  flush();
  return kept;
}

/** @param {Span} span @param {number[]} moments */
const countIn = ({ from, to }, moments) => moments.filter((at) => at >= from && at < to).length;

/**
 * Half of the room is given by how long a span is, half by how much happened in it.
 * @param {Span[]} spans
 * @param {number[]} moments
 * @param {number} left
 * @param {number} right
 */
function withWidths(spans, moments, left, right) {
  const drawn = spans.filter(({ isCut }) => !isCut);
  const length = drawn.reduce((sum, { from, to }) => sum + to - from, 0);
  const room = right - left - CUT * (spans.length - drawn.length);
  let x = left;
  return spans.map((span) => {
    const share = ((span.to - span.from) / length + countIn(span, moments) / moments.length) / 2;
    const piece = { ...span, left: x, right: x + (span.isCut ? CUT : room * share) };
    x = piece.right;
    return piece;
  });
}

/**
 * @param {Omit<Piece, "label">} piece
 * @param {Unit} unit
 * @param {Zone} zone
 */
function labelOf(piece, unit, zone) {
  if (piece.isCut) return "";
  const { year, month, day, weekday } = parts(piece.from, zone);
  const name = monthName(month);
  const labels = {
    day: [`${dayName(weekday)} ${day} ${name}`, `${day} ${name.slice(0, 3)}`],
    month: [`${name} ${year}`, `${name.slice(0, 3)} ${year}`, name.slice(0, 3)],
    year: [String(year)],
    decade: [`${Math.floor(year / 10) * 10}s`],
    century: [`${Math.floor(year / 100) * 100}s`],
  }[unit];
  return labels.find((label) => label.length * 7 + 14 < piece.right - piece.left) ?? "";
}

/**
 * Round hours, days or months within a piece, as close as they can be read.
 * @param {Piece} piece
 * @param {Unit} unit
 * @param {Zone} zone
 */
function ticksOf(piece, unit, zone) {
  if (piece.isCut) return [];
  const scale = (piece.right - piece.left) / (piece.to - piece.from);
  const { year, month, day } = parts(piece.from, zone);
  const { sizes, length, at, label } = {
    day: {
      sizes: [1, 2, 3, 6, 12],
      length: HOUR,
      at: (/** @type {number} */ n) => begin(zone, year, month, day) + n * HOUR,
      label: clock,
    },
    month: {
      sizes: [1, 2, 5, 10],
      length: DAY,
      at: (/** @type {number} */ n) => begin(zone, year, month, 1 + n),
      label: dayOf,
    },
    year: {
      sizes: [1, 2, 3, 6],
      length: 30 * DAY,
      at: (/** @type {number} */ n) => begin(zone, year, n),
      label: monthOf,
    },
    decade: {
      sizes: [1, 2, 5],
      length: 365 * DAY,
      at: (/** @type {number} */ n) => begin(zone, year + n),
      label: yearOf,
    },
    century: {
      sizes: [10, 20, 50],
      length: 365 * DAY,
      at: (/** @type {number} */ n) => begin(zone, year + n),
      label: yearOf,
    },
  }[unit];
  const size = sizes.find((each) => each * length * scale >= TICKS_APART);
  const ticks = [];
  for (let n = 0; size && at(n) < piece.to; n += size) {
    const x = piece.left + (at(n) - piece.from) * scale;
    if (at(n) >= piece.from && piece.right - x > TICKS_APART / 2) ticks.push({ x, label: label(at(n), zone) });
  }
  return ticks;
}

/** @param {number} at @param {Zone} zone */
const dayOf = (at, zone) => String(parts(at, zone).day);

/** @param {number} at @param {Zone} zone */
const monthOf = (at, zone) => monthName(parts(at, zone).month).slice(0, 3);

/** @param {number} at @param {Zone} zone */
const yearOf = (at, zone) => String(parts(at, zone).year);
