// @ts-check
// What if some appearances were not there: who would be left without an origin, the numbers before and after, and the way
// back. Counted by the server, of the claim as it is drawn.

import { readWhatIf } from "./data.js";
import { element, fill, shown } from "./elements.js";
import { counted, number } from "./words.js";

/** @typedef {import("./data.js").Ask} Ask */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Counts} Counts */
/** @typedef {import("./types.js").SideWithout} SideWithout */
/** @typedef {import("./types.js").Supposed} Supposed */
/** @typedef {{support: SideWithout, deny: SideWithout}} Sides */

/** Nothing is taken out. @type {Supposed} */
export const AS_IT_IS = { removed: new Set(), lost: new Set(), sides: null };

/** @type {{name: keyof Counts, support: string, deny: string}[]} */
const NUMBERS = [
  { name: "appearances", support: "Reports with an origin", deny: "Denials with an origin" },
  { name: "sources", support: "Their sources", deny: "Sources of denials" },
  { name: "independent", support: "Independent origins", deny: "Independent origins of denials" },
  { name: "established", support: "Established origins", deny: "Established origins of denials" },
];
const NAMED_AT_MOST = 8;

export class WhatIf {
  /**
   * @param {object} how
   * @param {Ask} how.ask
   * @param {string} how.slug
   * @param {() => void} how.onAnswer What was asked for is known, or is not to be had.
   * @param {(removed: Set<number>) => void} how.onChange
   */
  constructor({ ask, slug, onAnswer, onChange }) {
    this.ask = ask;
    this.slug = slug;
    this.onAnswer = onAnswer;
    this.onChange = onChange;
    this.said = element("p", { class: "said", role: "status" });
    this.numbers = element("dl");
    this.out = element("ul", { "aria-label": "Taken out" });
    this.root = element("section", { class: "supposed", "aria-label": "What if", hidden: true });
    this.dropped = element("p", { class: "notice", role: "status", hidden: true });
    this.root.append(this.said, this.numbers, this.out);
  }

  #asked = "";
  /** @type {Sides | "unanswered" | null} */ #sides = null;

  /**
   * Those of the removed that the tree has. What is dropped is told until something else is taken out.
   * @param {Model} model
   * @param {Set<number>} removed
   */
  kept(model, removed) {
    const there = [...removed].filter((id) => model.byId.has(id));
    const gone = removed.size - there.length;
    if (gone === 0) return removed;
    this.dropped.hidden = false;
    this.dropped.textContent =
      gone === 1
        ? "One appearance that was taken out is not in this tree, so it is left aside."
        : `${number(gone)} appearances that were taken out are not in this tree, so they are left aside.`;
    return new Set(there);
  }

  /**
   * What the tree is without them; what is on its way is asked for. An answer is of one revision and one `known`.
   * @param {Model} model
   * @param {{removed: Set<number>, known: string}} settings
   * @returns {Supposed}
   */
  of(model, { removed, known }) {
    if (removed.size === 0) {
      this.#asked = "";
      return AS_IT_IS;
    }
    const asked = `${model.claim.revision} ${known} ${[...removed].sort((a, b) => a - b)}`;
    if (asked !== this.#asked) void this.#read(asked, model, removed, known);
    const sides = this.#sides === "unanswered" ? null : this.#sides;
    const lost = new Set(sides ? [...sides.support.lost, ...sides.deny.lost] : []);
    return { removed, lost, sides };
  }

  /** @param {string} asked @param {Model} model @param {Set<number>} removed @param {string} known */
  async #read(asked, model, removed, known) {
    this.#asked = asked;
    this.#sides = null;
    const keys = [...removed].flatMap((id) => model.byId.get(id)?.key ?? []);
    const answer = await readWhatIf(this.ask, this.slug, keys, known).catch(() => null);
    if (asked !== this.#asked) return;
    this.#sides = answer ?? "unanswered";
    this.onAnswer();
  }

  /** @param {Model} model @param {Supposed} supposed */
  paint(model, { removed, sides }) {
    this.root.hidden = removed.size === 0;
    const words = removed.size === 0 ? "" : this.#words(model, removed, sides);
    const state = `${[...removed]} ${words}`;
    if (this.root.dataset.state === state) return;
    this.root.dataset.state = state;
    if (this.said.textContent !== words) this.said.textContent = words; // it is read out
    fill(this.numbers, ...(sides ? rows(sides) : []));
    this.#paintOut(model, removed);
  }

  /** The way back: of each, and of all. @param {Model} model @param {Set<number>} removed */
  #paintOut(model, removed) {
    const held = document.activeElement instanceof HTMLElement && this.out.contains(document.activeElement);
    const back = (/** @type {string} */ name, /** @type {Set<number>} */ left) =>
      element("button", {
        type: "button",
        class: "step",
        text: "Put it back",
        "aria-label": `Put it back: ${name}`,
        onclick: () => this.onChange(left),
      });
    const each = [...removed].slice(0, NAMED_AT_MOST).map((id) => {
      const name = shown(model.byId.get(id)?.outlet ?? "");
      const left = new Set([...removed].filter((other) => other !== id));
      return element("li", {}, element("b", { text: name }), " ", back(name, left));
    });
    const more = removed.size - NAMED_AT_MOST;
    const all = element("button", {
      type: "button",
      class: "step",
      text: "Put all back",
      onclick: () => this.onChange(new Set()),
    });
    fill(
      this.out,
      ...each,
      more > 0 && element("li", { text: `and ${number(more)} more` }),
      removed.size > 1 && element("li", {}, all),
    );
    const next = this.out.querySelector("button");
    if (held && next) next.focus({ preventScroll: true });
  }

  /** @param {Model} model @param {Set<number>} removed @param {Sides | null} sides */
  #words(model, removed, sides) {
    const one = removed.size === 1 ? model.byId.get([...removed][0]) : undefined;
    const what = `Without ${one ? shown(one.outlet) : counted(removed.size, "appearance")}`;
    if (this.#sides === "unanswered") return `${what}: the numbers could not be loaded. Put it back, and try again.`;
    return sides ? `${what}: ${result(sides)}` : `${what}: counting…`;
  }
}

/**
 * What it comes to, in one or two sentences.
 * @param {Sides} sides
 */
export function result({ support, deny }) {
  const said = [
    left(support, "report", "reports"),
    deny.before.appearances > 0 && (deny.lost.length > 0 || deny.removed > 0) && left(deny, "denial", "denials"),
  ];
  return said.filter(Boolean).join(" ");
}

/** @param {SideWithout} side @param {string} word @param {string} words */
function left({ before, after, lost }, word, words) {
  const has = `${number(after.appearances)} of ${counted(before.appearances, word)} would still have one.`;
  if (before.appearances === 0) return `there are no ${words}.`;
  if (lost.length === 0) return `no ${word} would be left without an origin; ${has}`;
  return `${counted(lost.length, word)} would be left without an origin; ${has}`;
}

/** The numbers of both sides, before and after; denials only where one changes. @param {Sides} sides */
function rows({ support, deny }) {
  const changes = (/** @type {SideWithout} */ { before, after }) =>
    NUMBERS.some(({ name }) => before[name] !== after[name]);
  const told = NUMBERS.map(({ name, support: term }) => row(term, support.before[name], support.after[name]));
  if (!changes(deny)) return told;
  return [...told, ...NUMBERS.map(({ name, deny: term }) => row(term, deny.before[name], deny.after[name]))];
}

/** @param {string} term @param {number} from @param {number} to */
function row(term, from, to) {
  const arrow = element("span", { "aria-hidden": "true", text: " → " });
  const words = element("span", { class: "unseen", text: " now, then " });
  return element(
    "div",
    { class: from === to ? "same" : null },
    element("dt", { text: term }),
    element("dd", {}, number(from), arrow, words, element("b", { text: number(to) })),
  );
}
