// @ts-check
// Which appearances have the words that are looked for. Pure.

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Settings} Settings */

/**
 * What was found.
 * @typedef {object} Found
 * @property {Set<number>} shown Appearances that the settings leave on the page, folded or not.
 * @property {number} hidden How many more have the words, but are filtered away or later than the moment shown.
 */

/** Nothing is looked for. @type {Found} */
export const NOTHING = { shown: new Set(), hidden: 0 };

/**
 * All words must be there, in any order, whatever their case and accents: in the outlet's name, the title, the address, the
 * claimant's name or the quote.
 * @param {Model} model
 * @param {Settings} settings
 * @returns {Found}
 */
export function find(model, settings) {
  const words = plain(settings.find).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return NOTHING;
  const found = model.claim.appearances.filter((each) => {
    const text = textOf(each);
    return words.every((word) => text.includes(word));
  });
  const shown = found.filter((each) => !model.isFiltered(each, settings) && !model.isLater(each.id, settings.moment));
  return { shown: new Set(shown.map(({ id }) => id)), hidden: found.length - shown.length };
}

/** @type {WeakMap<Appearance, string>} */
const texts = new WeakMap();

/** @param {Appearance} appearance */
function textOf(appearance) {
  let text = texts.get(appearance);
  if (text === undefined) {
    const { outlet, source, claimant, quote } = appearance;
    text = plain([outlet, source.title, source.url, claimant?.name, quote].filter(Boolean).join("\n"));
    texts.set(appearance, text);
  }
  return text;
}

/** @param {string} text */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * The hits as they stand in the tree, from top to bottom: what is folded stands where it is folded into.
 * @param {Model} model
 * @param {Row[]} rows
 * @param {Set<number>} hits
 * @returns {{order: number[], within: Map<string, number>}} And how many are folded away in each row that has some.
 */
export function placed(model, rows, hits) {
  /** @type {Map<number, number>} By appearance, the place of the row that shows it. */ const places = new Map();
  for (const [place, { kind, expanded, members }] of rows.entries()) {
    if (kind === "one" || expanded === false) for (const { id } of members) places.set(id, place);
  }
  /** @type {Map<string, number>} */ const within = new Map();
  const order = model.inTime(model.fromOrigin(hits)).map(({ id }) => ({ id, place: placeOf(model, places, id) }));
  for (const { id, place } of order) {
    const row = rows[place];
    if (row && row.expanded === false && (row.kind !== "one" || row.appearance.id !== id)) {
      within.set(row.key, (within.get(row.key) ?? 0) + 1);
    }
  }
  return { order: order.sort((a, b) => a.place - b.place).map(({ id }) => id), within };
}

/** The row of an appearance or of the nearest above it that has one; what lies between remembers it. @param {Model} model @param {Map<number, number>} places @param {number} start */
function placeOf(model, places, start) {
  const passed = [];
  let id = /** @type {number | null} */ (start);
  while (id !== null && !places.has(id)) {
    passed.push(id);
    id = model.above(id);
  }
  const place = id === null ? Infinity : (places.get(id) ?? Infinity);
  for (const each of passed) places.set(each, place);
  return place;
}
