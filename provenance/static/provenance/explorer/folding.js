// @ts-check
// The rows of the tree: every appearance once, in pre-order by lane, with what is alike or deep folded away. Pure.

import { grouped } from "./model.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Row} Row */

const AIM = 60; // rows at first; below that only copies are folded
const DEEP = 3; // below this depth sub-trees are folded
const LEAVES = 6; // of these many siblings that nothing rests on, the rest are folded
const COPIES = 3; // so many with one text are one card
const COPYING = new Set(["syndication", "quotation"]);
const NOTABLE = new Set(["certainty_jump", "stance_jump", "circular_reporting", "origin_retracted", "evidence"]);

/**
 * @typedef {object} Folding
 * @property {Map<string, boolean>} choices What the reader opened (true) or folded, by the key of its row.
 * @property {number | null} selected
 * @property {Iterable<number>} [also] What else must be seen.
 */

/**
 * What must be seen whatever is folded: the main bottleneck, jumps of certainty or stance, what came back to where it
 * began, and words that changed, are gone or were taken back.
 * @param {Model} model
 * @returns {Set<number>}
 */
function notable(model) {
  const ids = new Set(model.bottleneck === null ? [] : [model.bottleneck]);
  for (const { kind, about } of model.claim.findings) {
    if (NOTABLE.has(kind)) ids.add(about[about.length - 1]);
  }
  return ids;
}

/**
 * @param {Model} model
 * @param {Folding} folding
 * @returns {Row[]}
 */
export function rowsOf(model, folding) {
  const forest = forests.get(model) ?? new Forest(model);
  forests.set(model, forest);
  const standing = forest.fold(folding);
  const all = standing.rows(false, AIM + 1);
  return all.length > AIM ? standing.rows(true, Infinity) : all;
}

/** What is the same however a model is folded. @type {WeakMap<Model, Forest>} */
const forests = new WeakMap();

/** An entry of a list of siblings: one, or some folded into one. @typedef {{kind: Row["kind"], members: Appearance[]}} Entry */

class Forest {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Map<string, boolean>} */ this.choices = new Map();
    const inTime = model.inTime(model.claim.appearances);
    /** By the id it hangs on; at the top of lane 0, 1 and 2 by -1, -2 and -3. */
    this.below = grouped(inTime, ({ id }) => model.above(id) ?? -1 - model.lane(id));
    this.sizes = this.#sizes();
    this.notable = notable(model);
    this.notableOrAbove = new Set([...this.notable, ...this.#above(this.notable)]);
    this.seen = this.notable;
    this.open = this.notableOrAbove;
  }

  /** @param {Folding} folding */
  fold({ choices, selected, also = [] }) {
    this.choices = choices;
    this.seen = new Set([...this.notable, ...also, ...(selected === null ? [] : [selected])]);
    this.open = this.#above(this.seen);
    return this;
  }

  /** @param {boolean} folded @param {number} most About so many at most. @returns {Row[]} */
  rows(folded, most) {
    /** @type {Row[]} */ const rows = [];
    for (const lane of [0, 1, 2]) this.#add(rows, lane, folded, most);
    return rows;
  }

  /**
   * Without recursion: a chain may be thousands deep.
   * @param {Row[]} rows
   * @param {number} lane
   * @param {boolean} folded
   * @param {number} most
   */
  #add(rows, lane, folded, most) {
    /** @typedef {{entry: Entry, depth: number, parent: number, place: number, siblings: number}} Waiting */
    /** @type {Waiting[]} */ const waiting = [];
    /** @param {Entry[]} entries @param {number} depth @param {number} parent */
    const wait = (entries, depth, parent) => {
      for (let place = entries.length; place > 0; place--) {
        waiting.push({ entry: entries[place - 1], depth, parent, place, siblings: entries.length });
      }
    };
    wait(this.#entries(this.below.get(-1 - lane) ?? [], folded), 0, -1);
    for (let next = waiting.pop(); next && rows.length < most; next = waiting.pop()) {
      const { entry, ...standing } = next;
      const row = { ...this.#row(entry, next.depth, folded), lane, ...standing };
      const place = rows.push(row) - 1;
      if (row.expanded === false) continue;
      const below =
        entry.kind === "one" ? this.#entries(this.below.get(row.appearance.id) ?? [], folded) : entry.members.map(one);
      wait(below, next.depth + 1, place);
    }
  }

  /**
   * @param {Entry} entry
   * @param {number} depth
   * @param {boolean} folded
   */
  #row({ kind, members }, depth, folded) {
    const [appearance] = members;
    const key = `${kind}-${appearance.id}`;
    const below = this.sizes.get(appearance.id) ?? 0;
    const canFold = kind !== "one" || (folded && below > 0 && depth >= DEEP);
    const atFirst = kind === "one" ? this.open.has(appearance.id) : members.some(({ id }) => this.seen.has(id));
    const isOpen = canFold && (this.choices.get(key) ?? atFirst);
    const hidden = canFold && !isOpen ? (kind === "one" ? below : members.length) : 0;
    return { key, kind, appearance, members, hidden, expanded: canFold ? isOpen : null };
  }

  /**
   * Siblings, those with one text as one entry, and of many without followers the later ones as one.
   * @param {Appearance[]} siblings In time.
   * @param {boolean} folded
   * @returns {Entry[]}
   */
  #entries(siblings, folded) {
    const alike = grouped(siblings, (sibling) => this.#text(sibling));
    const entries = siblings.flatMap((sibling) => {
      const members = alike.get(this.#text(sibling)) ?? [];
      if (members.length < COPIES || this.#text(sibling) === sibling.id) return [one(sibling)];
      return members[0] === sibling ? [{ kind: /** @type {const} */ ("copies"), members }] : [];
    });
    return folded ? this.#withoutLate(entries) : entries;
  }

  /** @type {Map<string, number>} */ #texts = new Map();

  /** A number that copies of one text share; its own id if it is no copy, or if something rests on it. @param {Appearance} appearance */
  #text({ id, quote }) {
    const derivation = this.model.primary(id);
    if (!derivation || !COPYING.has(derivation.kind) || !quote || this.sizes.has(id)) return id;
    const text = `${derivation.origin} ${derivation.kind} ${quote}`;
    const known = this.#texts.get(text) ?? -1 - this.#texts.size;
    this.#texts.set(text, known);
    return known;
  }

  /** @param {Entry[]} entries @returns {Entry[]} */
  #withoutLate(entries) {
    const late = entries.filter(({ kind, members }) => kind === "one" && this.#isPlain(members[0])).slice(LEAVES);
    if (late.length < COPIES) return entries;
    const folded = new Set(late.slice(1));
    const members = late.flatMap((entry) => entry.members);
    return entries
      .filter((entry) => !folded.has(entry))
      .map((entry) => (entry === late[0] ? { kind: "more", members } : entry));
  }

  /** @param {Appearance} appearance */
  #isPlain({ id }) {
    return !this.sizes.has(id) && !this.notableOrAbove.has(id);
  }

  /** How many appearances are below each one. @returns {Map<number, number>} */
  #sizes() {
    const sizes = new Map();
    for (const { id } of [...this.model.claim.appearances].reverse()) {
      const above = this.model.above(id);
      if (above !== null) sizes.set(above, (sizes.get(above) ?? 0) + 1 + (sizes.get(id) ?? 0));
    }
    return sizes;
  }

  /** All that these hang on. @param {Iterable<number>} ids @returns {Set<number>} */
  #above(ids) {
    const above = new Set();
    for (const start of ids) {
      for (let id = this.model.above(start); id !== null && !above.has(id); id = this.model.above(id)) above.add(id);
    }
    return above;
  }
}

/** @param {Appearance} appearance @returns {Entry} */
const one = (appearance) => ({ kind: "one", members: [appearance] });
