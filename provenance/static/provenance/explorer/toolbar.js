// @ts-check
// What stands above the tree: view, filters by stance (their own key) and by kind; and the key to the rest below it.

import { element, fill } from "./elements.js";
import { evidenceMark, glyph, lineSample } from "./marks.js";
import { capital, number, STANCES, VERBS } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Stance} Stance */

export class Toolbar {
  /** @param {{onChange: (change: Partial<Settings>) => void, onFilter: (stance: Stance) => void, finder: HTMLElement, known: HTMLElement, saving: HTMLElement}} parts `known` is the control of the second date. */
  constructor({ onChange, onFilter, finder, known, saving }) {
    this.views = /** @type {const} */ (["tree", "table"]).map((view) =>
      element("button", { type: "button", "data-view": view, onclick: () => onChange({ view }), text: capital(view) }),
    );
    this.stances = STANCES.map((stance) => {
      const count = element("span", { class: "muted" });
      return {
        stance,
        count,
        button: element(
          "button",
          { type: "button", class: "chip", "data-stance": stance, onclick: () => onFilter(stance) },
          glyph(stance),
          capital(stance),
          " ",
          count,
        ),
      };
    });
    this.kinds = element("select", { "aria-label": "Show by kind of derivation" });
    this.kinds.addEventListener("change", () => onChange({ kind: this.kinds.value, page: 1 }));
    this.root = element(
      "div",
      { class: "toolbar" },
      element("div", { class: "views", role: "group", "aria-label": "View" }, ...this.views),
      element(
        "div",
        { class: "chips", role: "group", "aria-label": "Show by stance" },
        ...this.stances.map(({ button }) => button),
      ),
      saving,
      this.kinds,
      finder,
      known,
    );
  }

  /** @param {Model} model @param {Settings} settings */
  paint(model, settings) {
    for (const button of this.views) button.setAttribute("aria-pressed", String(button.dataset.view === settings.view));
    for (const { stance, count, button } of this.stances) {
      count.textContent = number(model.claim.appearances.filter((each) => each.stance === stance).length);
      button.setAttribute("aria-pressed", String(!settings.without.has(stance)));
    }
    const kinds = new Set(model.claim.derivations.map(({ kind }) => kind));
    const options = /** @type {(keyof typeof VERBS)[]} */ (Object.keys(VERBS)).filter((kind) => kinds.has(kind));
    fill(
      this.kinds,
      element("option", { value: "", text: "Every kind" }),
      ...options.map((kind) => element("option", { value: kind, text: capital(kind) })),
    );
    this.kinds.value = settings.kind;
    this.kinds.hidden = options.length === 0;
  }
}

/** The key: outlines, lines, evidence. @param {Model} model */
export function legendOf(model) {
  const group = (/** @type {string} */ name, /** @type {[Node, string][]} */ entries) =>
    element(
      "p",
      {},
      element("b", { text: name }),
      ...entries.map(([mark, word]) => element("span", { class: "with-mark" }, mark, word)),
    );
  return [
    group(
      "Outline",
      ["hedged", "attributed", "asserted"].map((word) => [element("i", { class: `swatch ${word}` }), word]),
    ),
    group("Line", [
      [lineSample("carries"), "carries on"],
      [lineSample("answers"), "answers"],
      [lineSample("suggested"), "suggested"],
      ...(model.loops.length > 0 ? [/** @type {[Node, string]} */ ([lineSample("returns"), "comes back"])] : []),
    ]),
    group(
      "Quote",
      /** @type {const} */ (["anchored", "changed", "missing", "unanchored"]).map((state) => [
        evidenceMark(state),
        state === "unanchored" ? "not anchored" : state,
      ]),
    ),
  ];
}
