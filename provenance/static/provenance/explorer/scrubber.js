// @ts-check
// The time scrubber: the claim as it stood at a moment of the dates in the data.

import { axisOf, momentAt, xOf } from "./axis.js";
import { countsAt } from "./counting.js";
import { element, fill } from "./elements.js";
import { counted, number } from "./words.js";

/** @typedef {import("./axis.js").Axis} Axis */
/** @typedef {import("./model.js").Model} Model */

const STEPS = 1000; // of the slider, from the first moment to the last
const THUMB = 9; // pixels, half of it

export class Scrubber {
  /** @param {{onMove: (moment: number | null) => void}} actions Null is now. */
  constructor({ onMove }) {
    this.onMove = onMove;
    this.slider = element("input", {
      type: "range",
      min: 0,
      max: STEPS,
      step: 1,
      "aria-label": "Show the claim as of",
    });
    this.ticks = element("div", { class: "ticks", "aria-hidden": "true" });
    this.said = element("p", { class: "said", role: "status" });
    const step = (/** @type {string} */ name, /** @type {number} */ by) =>
      element("button", { type: "button", class: "step", text: name, onclick: () => this.#step(by) });
    this.root = element(
      "div",
      { class: "scrubber" },
      this.slider,
      this.ticks,
      element("div", { class: "as-of" }, this.said, step("Earlier", -1), step("Later", 1)),
    );
    this.slider.addEventListener("input", () => this.#drag());
    this.slider.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @type {Model | null} */ #model = null;
  /** @type {Axis | null} */ #axis = null;
  /** @type {number | null} */ #moment = null;

  /**
   * @param {Model} model
   * @param {Axis | null} axis The tree's own, if it has one.
   * @param {number | null} moment
   */
  paint(model, axis, moment) {
    this.#model = model;
    this.#moment = moment;
    const { moments, zone } = model;
    const isStill = moments.length < 2;
    this.root.classList.toggle("still", isStill);
    fill(this.said, ...sentence(model, moment));
    if (isStill) return;
    this.#axis = axis ?? axisOf(moments, { left: 0, right: STEPS, zone });
    this.slider.value = String(this.#place(moment ?? this.#axis.end));
    this.slider.setAttribute("aria-valuetext", this.said.textContent ?? "");
    this.#layOut(axis);
  }

  /** Under the tree's axis, the slider is as long as that. @param {Axis | null} axis */
  #layOut(axis) {
    const [left, right] = axis ? [axis.pieces[0].left, axis.pieces[axis.pieces.length - 1].right] : [0, 0];
    this.slider.style.left = axis ? `${left - THUMB}px` : "";
    this.slider.style.width = axis ? `${right - left + 2 * THUMB}px` : "";
    fill(
      this.ticks,
      ...(axis?.ticks ?? []).map(({ x, label }) => {
        const tick = element("span", { text: label });
        tick.style.left = `${x}px`;
        return tick;
      }),
    );
  }

  /** @param {number} moment */
  #place(moment) {
    const axis = /** @type {Axis} */ (this.#axis);
    const [left, right] = [axis.pieces[0].left, axis.pieces[axis.pieces.length - 1].right];
    return Math.round(((xOf(axis, moment) - left) / (right - left)) * STEPS);
  }

  #drag() {
    const axis = /** @type {Axis} */ (this.#axis);
    const [left, right] = [axis.pieces[0].left, axis.pieces[axis.pieces.length - 1].right];
    const moment = momentAt(axis, left + ((right - left) * Number(this.slider.value)) / STEPS);
    this.#moveTo(moment);
  }

  /** To the next event, or the one before. @param {number} by */
  #step(by) {
    const moments = this.#model?.moments ?? [];
    const now = this.#moment ?? Infinity;
    const next =
      by > 0
        ? moments.find((at) => at > now)
        : [...moments].reverse().find((at) => at < Math.min(now, moments[moments.length - 1]));
    if (next !== undefined) this.#moveTo(next);
    else if (by > 0) this.onMove(null);
  }

  /** Once the last event is reached, it is now. @param {number} moment */
  #moveTo(moment) {
    const moments = this.#model?.moments ?? [];
    this.onMove(moment >= moments[moments.length - 1] ? null : moment);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (by) this.#step(by);
    else if (event.key === "Home") this.#moveTo(this.#model?.moments[0] ?? 0);
    else if (event.key === "End") this.onMove(null);
    else return;
    event.preventDefault();
  }
}

/**
 * What was there at a moment, in words.
 * @param {Model} model
 * @param {number | null} moment
 */
export function sentence(model, moment) {
  const { moments } = model;
  if (moments.length === 0) {
    return model.claim.appearances.length === 0
      ? []
      : ["No appearance has a date, so there is no earlier moment to go back to."];
  }
  const { reports, denials, established, unshown } = countsAt(model, moment);
  const said = [counted(reports, "report")];
  if (established !== null)
    said.push(reports === 0 && established === 0 ? "no origin yet" : counted(established, "established origin"));
  said.push(counted(denials, "denial"));
  if (unshown > 0) said.push(`${number(unshown)} undated not shown`);
  const at = model.inWords(moment ?? moments[moments.length - 1]);
  return [element("b", { text: `As of ${at}:` }), ` ${said.join(", ")}`];
}
