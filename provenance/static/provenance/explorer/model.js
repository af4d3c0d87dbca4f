// @ts-check
// A claim's tree as it is drawn: dates, lanes, parents and chains. Pure.

import { parts, read, words, zoneOf } from "./dates.js";

/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Claim} Claim */
/** @typedef {import("./types.js").Derivation} Derivation */
/** @typedef {import("./types.js").Finding} Finding */

export const CARRIES = 0;
export const ANSWERS = 1;
export const SUGGESTED = 2;

/** @param {Derivation} derivation */
export const isAnswer = (derivation) => derivation.kind === "response" || derivation.kind === "correction";

/** @param {Derivation} derivation */
export const carries = (derivation) => !derivation.suggested && !isAnswer(derivation);

export class Model {
  /** @param {Claim} claim */
  constructor(claim) {
    this.claim = claim;
    this.zone = zoneOf(claim.appearances.map((appearance) => appearance.saidAt));
    /** @type {Map<number, Appearance>} */
    this.byId = new Map(claim.appearances.map((appearance) => [appearance.id, appearance]));
    this.#order = new Map(claim.appearances.map((appearance, place) => [appearance.id, place]));
    for (const { id, saidAt } of claim.appearances) {
      const date = read(saidAt, this.zone);
      this.#at.set(id, date && date.at);
      if (date) this.#precision.set(date.at, date.precision);
    }
    /** All distinct dates, in order. */
    this.moments = [...new Set([...this.#at.values()].filter((at) => at !== null))].sort((a, b) => a - b);
    const years = new Set(this.moments.map((at) => parts(at, this.zone).year));
    /** The year of all dates, if it is the same one. */
    this.year = years.size === 1 ? [...years][0] : null;
    /** Derivations by the appearance they lead from, and to. */
    this.up = grouped(claim.derivations, (derivation) => derivation.derived);
    this.down = grouped(claim.derivations, (derivation) => derivation.origin);
    this.roots = new Set(claim.roots);
    /** The largest bottleneck that is no origin: the one worth telling. */
    this.bottleneck = claim.bottlenecks.find((found) => !this.roots.has(found.id))?.id ?? null;
    /** Findings by the appearance that they lead to. */
    this.findings = grouped(claim.findings, (finding) => finding.about[finding.about.length - 1]);
    /** Each finding by its kind and its place among those, such as `certainty_jump-2`. @type {Map<string, Finding>} */
    this.byKey = keyed(claim.findings);
    /** The circular reports: what each is about is the way it took. */
    this.loops = claim.findings.filter(({ kind, about }) => kind === "circular_reporting" && about.length > 1);
    for (const [id, derivations] of this.up) this.#primary.set(id, primaryOf(derivations));
    for (const { id } of claim.appearances) this.#lanes.set(id, this.#laneOf(id));
  }

  /** @type {Map<number, number>} */ #order;
  /** @type {Map<number, number | null>} */ #at = new Map();
  /** @type {Map<number, import("./dates.js").Precision>} */ #precision = new Map();
  /** @type {Map<number, number>} */ #lanes = new Map();
  /** @type {Map<number, Derivation | null>} */ #primary = new Map();

  /** The instant of an appearance's date; null if it has none. @param {number} id */
  at(id) {
    return this.#at.get(id) ?? null;
  }

  /** A moment in words, as precise as the date that it is the moment of. @param {number} moment */
  inWords(moment) {
    return words(moment, this.zone, this.#precision.get(moment));
  }

  /** @param {number} id */
  lane(id) {
    return this.#lanes.get(id) ?? CARRIES;
  }

  /** The confirmed derivation that an appearance hangs on in the tree: the first that carries, else the first answer. @param {number} id */
  primary(id) {
    return this.#primary.get(id) ?? null;
  }

  /** What it hangs on within its own lane; null if it stands at the top of it. @param {number} id */
  above(id) {
    const origin = this.primary(id)?.origin;
    return origin !== undefined && this.lane(origin) === this.lane(id) ? origin : null;
  }

  /** By date, undated ones last, equal ones as they rest on each other. @param {Iterable<Appearance>} appearances */
  inTime(appearances) {
    return [...appearances].sort(
      (a, b) =>
        (this.at(a.id) ?? Infinity) - (this.at(b.id) ?? Infinity) ||
        (this.#order.get(a.id) ?? 0) - (this.#order.get(b.id) ?? 0) ||
        0,
    );
  }

  /** Whether it was not said yet at a moment; null is now. Undated ones are known of now alone. @param {number} id @param {number | null} moment */
  isLater(id, moment) {
    return moment !== null && (this.at(id) ?? Infinity) > moment;
  }

  /**
   * An appearance with all that it rests on or answers, and the derivations between them.
   * @param {number | null} id
   * @returns {{ids: Set<number>, derivations: Set<number>}}
   */
  chain(id) {
    const chain = { ids: new Set(), derivations: new Set() };
    const waiting = id !== null && this.byId.has(id) ? [id] : [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (chain.ids.has(next)) continue;
      chain.ids.add(next);
      for (const derivation of this.up.get(next) ?? []) {
        if (derivation.suggested) continue;
        chain.derivations.add(derivation.id);
        waiting.push(derivation.origin);
      }
    }
    return chain;
  }

  /**
   * What a finding is about, and the derivations between these.
   * @param {Finding} finding
   * @returns {{ids: Set<number>, derivations: Set<number>}}
   */
  about({ about }) {
    const ids = new Set(about);
    const between = about.flatMap((id) => this.up.get(id) ?? []).filter(({ origin }) => ids.has(origin));
    return { ids, derivations: new Set(between.map(({ id }) => id)) };
  }

  /** A chain's appearances, origins first. @param {Set<number>} ids */
  fromOrigin(ids) {
    return this.claim.appearances.filter(({ id }) => ids.has(id));
  }

  /** Whether the filters leave it out. @param {Appearance} appearance @param {import("./types.js").Settings} settings */
  isFiltered(appearance, settings) {
    if (settings.without.has(appearance.stance)) return true;
    if (!settings.kind) return false;
    return !(this.up.get(appearance.id) ?? []).some((derivation) => derivation.kind === settings.kind);
  }

  /** What an appearance rests on by confirmed derivations that carry. @param {number} id */
  upstream(id) {
    return (this.up.get(id) ?? []).filter(carries).map((derivation) => derivation.origin);
  }

  /**
   * What rests on something is in the lane of that; what but answers, or denies from nowhere, answers; what only a
   * suggestion ties to the rest is suggested. Origins come first in the list, so theirs is known.
   * @param {number} id
   */
  #laneOf(id) {
    const primary = this.primary(id);
    if (primary) return isAnswer(primary) ? ANSWERS : this.lane(primary.origin);
    if (this.up.has(id)) return SUGGESTED;
    return this.byId.get(id)?.stance === "deny" ? ANSWERS : CARRIES;
  }
}

/** @param {Derivation[]} derivations */
function primaryOf(derivations) {
  const confirmed = derivations.filter(({ suggested }) => !suggested);
  return confirmed.find(carries) ?? confirmed[0] ?? null;
}

/**
 * @template Item
 * @param {Iterable<Item>} items
 * @param {(item: Item) => number} of
 * @returns {Map<number, Item[]>}
 */
export function grouped(items, of) {
  /** @type {Map<number, Item[]>} */
  const groups = new Map();
  for (const item of items) {
    const group = groups.get(of(item));
    if (group) group.push(item);
    else groups.set(of(item), [item]);
  }
  return groups;
}

/** @param {Finding[]} findings */
function keyed(findings) {
  /** @type {Map<string, number>} */ const counts = new Map();
  return new Map(
    findings.map((finding) => {
      const place = (counts.get(finding.kind) ?? 0) + 1;
      counts.set(finding.kind, place);
      return [`${finding.kind}-${place}`, finding];
    }),
  );
}
