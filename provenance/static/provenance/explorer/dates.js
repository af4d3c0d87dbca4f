// @ts-check
// Dates as precise as they were stated, shown in one zone: that of most of the claim's own dates. Pure.

/**
 * An offset from UTC in minutes.
 * @typedef {object} Zone
 * @property {number} offset
 * @property {string} label Such as `UTC+05:30`.
 */

/** @typedef {"minute" | "day" | "month" | "year"} Precision */

const MONTHS = "January February March April May June July August September October November December".split(" ");
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const OFFSET = /(?:Z|([+-])(\d{2}):(\d{2}))$/;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * The zone in which most of these dates are stated; UTC if none states one.
 * @param {Iterable<string>} texts
 * @returns {Zone}
 */
export function zoneOf(texts) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const text of texts) {
    if (!text.includes("T")) continue;
    const [, sign, hours, minutes] = OFFSET.exec(text) ?? [];
    const offset = sign ? (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) : 0;
    counts.set(offset, (counts.get(offset) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return zone(most ? most[0] : 0);
}

/**
 * @param {number} offset
 * @returns {Zone}
 */
function zone(offset) {
  const sign = offset < 0 ? "−" : "+";
  const size = Math.abs(offset);
  return { offset, label: offset ? `UTC${sign}${two(size / 60)}:${two(size % 60)}` : "UTC" };
}

/**
 * The first instant that a stated date can mean in this zone, and how precise it is; null if it is unknown.
 * @param {string} text
 * @param {Zone} zone
 * @returns {{at: number, precision: Precision} | null}
 */
export function read(text, zone) {
  if (!text) return null;
  if (text.includes("T")) return { at: Date.parse(text), precision: "minute" };
  const [year, month, day] = text.split("-").map(Number);
  const at = new Date(0);
  at.setUTCFullYear(year, (month || 1) - 1, day || 1);
  return { at: at.getTime() - zone.offset * MINUTE, precision: day ? "day" : month ? "month" : "year" };
}

/**
 * The parts of an instant as clocks of the zone show them.
 * @param {number} at
 * @param {Zone} zone
 */
export function parts(at, zone) {
  const local = new Date(at + zone.offset * MINUTE);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
  };
}

/**
 * A stated date in words, exactly as precise: `1 Mar 2021, 05:40`, `28 Feb 2021`, `Feb 2021`, `2021`, `undated`.
 * @param {string} text
 * @param {Zone} zone
 * @param {number | null} [known] A year that need not be said, where a day is.
 */
export function inWords(text, zone, known = null) {
  const date = read(text, zone);
  return date ? words(date.at, zone, date.precision, known) : "undated";
}

/**
 * @param {number} at
 * @param {Zone} zone
 * @param {Precision} [precision]
 * @param {number | null} [known] As of `inWords`.
 */
export function words(at, zone, precision = "minute", known = null) {
  const { year, month, day, hour, minute } = parts(at, zone);
  const name = MONTHS[month].slice(0, 3);
  if (precision === "year") return String(year);
  if (precision === "month") return `${name} ${year}`;
  const date = year === known ? `${day} ${name}` : `${day} ${name} ${year}`;
  return precision === "day" ? date : `${date}, ${two(hour)}:${two(minute)}`;
}

/**
 * A stated date as short as a card needs it under axis marks of this unit: `05:40` within days, else `1 Mar` or `Mar 2021`.
 * @param {string} text
 * @param {Zone} zone
 * @param {string} unit
 */
export function short(text, zone, unit) {
  const date = read(text, zone);
  if (!date) return "undated";
  const { year, month, day, hour, minute } = parts(date.at, zone);
  const name = MONTHS[month].slice(0, 3);
  if (date.precision === "year") return String(year);
  if (date.precision === "month") return `${name} ${year}`;
  if (unit === "day" && date.precision === "minute") return `${two(hour)}:${two(minute)}`;
  return unit === "day" || unit === "month" ? `${day} ${name}` : `${name} ${year}`;
}

/** @param {number} at @param {Zone} zone */
export const clock = (at, zone) => `${two(parts(at, zone).hour)}:${two(parts(at, zone).minute)}`;

/** @param {number} month From 0. */
export const monthName = (month) => MONTHS[month];

/** @param {number} weekday From Sunday, 0. */
export const dayName = (weekday) => DAYS[weekday];

/**
 * The instant at which the year, month, … of the zone begins.
 * @param {Zone} zone
 * @param {number} year
 * @param {number} [month] From 0, may run over.
 * @param {number} [day] May run over.
 */
export function begin(zone, year, month = 0, day = 1) {
  const at = new Date(0);
  at.setUTCFullYear(year, month, day);
  return at.getTime() - zone.offset * MINUTE;
}

/**
 * An instant as an address holds it, and back: the zone's own time without an offset.
 * @param {number} at
 * @param {Zone} zone
 */
export const toLocal = (at, zone) => new Date(at + zone.offset * MINUTE).toISOString().slice(0, 16);

/**
 * @param {string} text
 * @param {Zone} zone
 * @returns {number | null}
 */
export function fromLocal(text, zone) {
  const at = Date.parse(`${text}Z`);
  return Number.isNaN(at) ? null : at - zone.offset * MINUTE;
}

/** @param {number} value */
const two = (value) => String(Math.floor(value)).padStart(2, "0");
