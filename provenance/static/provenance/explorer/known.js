// @ts-check
// The second date: the claim as this service knew it at an instant, a sentence that says so, and the way back.

import { words, zoneOf } from "./dates.js";
import { element, fill } from "./elements.js";

const UTC = zoneOf([]);
const MINUTES = 16; // characters of an instant up to its minutes
const SECONDS = 19; // and up to its seconds: what the control holds

/** An instant as `known` of the settings has it; empty is now. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?Z$/;

export class Known {
  /** @param {{onChange: (known: string) => void}} actions */
  constructor({ onChange }) {
    this.onChange = onChange;
    this.input = element("input", { type: "datetime-local", step: 1 });
    this.form = element(
      "form",
      { class: "known", onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      element("label", {}, element("span", { text: "Known at (UTC)" }), this.input),
      element("button", { class: "step", text: "Show" }),
    );
    this.sentence = element("p", { class: "notice then", role: "status", hidden: true });
  }

  /** @param {string} known What is shown now. */
  paint(known) {
    this.input.max = new Date().toISOString().slice(0, SECONDS);
    if (this.sentence.dataset.known === known) return;
    this.sentence.dataset.known = known;
    this.input.value = known.replace("Z", "").slice(0, SECONDS);
    this.sentence.hidden = !known;
    const back = element("button", { type: "button", class: "step", text: "Back to now", onclick: () => this.#back() });
    fill(this.sentence, ...(known ? [element("b", { text: inWords(known) }), MEANING, back] : []));
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    this.onChange(this.input.value && checked(`${this.input.value}Z`));
  }

  #back() {
    this.onChange("");
    this.input.focus();
  }
}

const MEANING = " What was recorded since is not drawn here; all else on this page is of now. ";

/** @param {string} known */
export function inWords(known) {
  const seconds = known.slice(MINUTES, -1);
  return `What was known on ${words(Date.parse(known), UTC)}${seconds === ":00" ? "" : seconds} UTC.`;
}

/**
 * An instant of the past as it is; anything else is now.
 * @param {string} text
 */
export function checked(text) {
  return INSTANT.test(text) && Date.parse(text) <= Date.now() ? text : "";
}
