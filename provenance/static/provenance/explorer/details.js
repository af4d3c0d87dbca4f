// @ts-check
// What is read of an appearance only when somebody looks at it.

import { readDetails, readDetailsThen } from "./data.js";

/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Details} Details */

/** Null while they are on their way, or if the appearance is gone. @typedef {Details | null | "unanswered"} Known */

export class DetailsOfOne {
  /** @param {import("./data.js").Ask} ask @param {(id: number) => void} onKnown */
  constructor(ask, onKnown) {
    this.ask = ask;
    this.onKnown = onKnown;
  }

  /** @type {Map<number, Known>} */ #known = new Map();
  /** Those that were read of the claim as it is now. @type {Set<number>} */ #fresh = new Set();

  /** The claim has changed: what was read is shown until it is read again. */
  expire() {
    this.#fresh = new Set();
  }

  /** Another state of the claim is shown: nothing that was read is of it. */
  forget() {
    this.#known = new Map();
    this.expire();
  }

  /** @param {number} id @returns {Known} */
  of(id) {
    return this.#known.get(id) ?? null;
  }

  /** Read them, unless they are known. @param {Appearance} appearance */
  async read({ id, key, then }) {
    const fresh = this.#fresh;
    if (fresh.has(id)) return;
    fresh.add(id);
    if (this.#known.get(id) === "unanswered") this.#set(id, null);
    const asked = then ? readDetailsThen(this.ask, then) : readDetails(this.ask, key);
    const details = await asked.catch(() => /** @type {const} */ ("unanswered"));
    if (fresh !== this.#fresh) return;
    if (details === "unanswered") fresh.delete(id);
    this.#set(id, details);
  }

  /** @param {number} id @param {Known} known */
  #set(id, known) {
    this.#known.set(id, known);
    this.onKnown(id);
  }
}
