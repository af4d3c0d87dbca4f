// @ts-check
// Where it goes next: from hit to hit, from finding to finding, to a page of the table. Pure.

import { placed } from "./hits.js";
import { listed, PER_PAGE } from "./table.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Supposed} Supposed */

/**
 * What is shown.
 * @typedef {object} View
 * @property {Model | null} model
 * @property {Row[]} rows Of the tree.
 * @property {Settings} settings
 * @property {Supposed} supposed
 * @property {import("./hits.js").Found} found
 */

/** The hits in the order of the tree or table. @param {View} view @returns {number[]} */
export function hitsInOrder({ model, rows, settings, supposed, found }) {
  if (!model || found.shown.size === 0) return [];
  if (settings.view === "tree") return placed(model, rows, found.shown).order;
  return listed(model, settings, supposed)
    .map(({ id }) => id)
    .filter((id) => found.shown.has(id));
}

/**
 * The next of some, or the one before; behind the last comes the first.
 * @param {number[]} order @param {number | null} from @param {1 | -1} by
 * @returns {number | null} Null if there are none.
 */
export function following(order, from, by) {
  if (order.length === 0) return null;
  const place = order.indexOf(from ?? -1);
  return order[(place < 0 && by < 0 ? order.length - 1 : place + by + order.length) % order.length];
}

/** The table turns to the page that has it. @param {View} view @param {number} id @returns {Partial<Settings>} */
export function pageOf({ model, settings, supposed }, id) {
  if (settings.view !== "table" || !model) return {};
  const place = listed(model, settings, supposed).findIndex((each) => each.id === id);
  return place < 0 ? {} : { page: Math.floor(place / PER_PAGE) + 1 };
}

/**
 * The finding of this key; of a kind, the one behind the one that is lit.
 * @param {Model} model @param {string} name @param {string} lit A key, or empty.
 * @returns {{key: string, about: number[]} | null} Null if there is none.
 */
export function findingNamed(model, name, lit) {
  const keys = [...model.byKey.keys()].filter((key) => key === name || key.replace(/-\d+$/, "") === name);
  if (keys.length === 0) return null;
  const key = keys[(keys.indexOf(lit) + 1) % keys.length];
  return { key, about: model.byKey.get(key)?.about ?? [] };
}
