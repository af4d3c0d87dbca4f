// @ts-check
// The field that looks for words within the tree, the count of what it found, and the steps from one to the next.

import { element } from "./elements.js";
import { counted, number } from "./words.js";

/** @typedef {import("./hits.js").Found} Found */

const PAUSE = 150; // milliseconds after a letter: the largest tree is not searched for each of them

export class Finder {
  /**
   * @param {object} actions
   * @param {(find: string) => void} actions.onFind
   * @param {(by: 1 | -1) => void} actions.onStep
   */
  constructor({ onFind, onStep }) {
    this.onFind = onFind;
    this.onStep = onStep;
    this.input = element("input", { type: "search", maxlength: 200, autocomplete: "off", "aria-keyshortcuts": "/" });
    this.count = element("span", { class: "muted", role: "status" });
    const step = (/** @type {string} */ name, /** @type {1 | -1} */ by, /** @type {string} */ text) =>
      element("button", { type: "button", class: "step", "aria-label": name, title: name, text, onclick: () => this.#go(by) });
    this.steps = [step("Previous hit", -1, "↑"), step("Next hit", 1, "↓")];
    this.root = element(
      "div",
      { class: "finder", role: "search", "aria-label": "Within the claim" },
      element("label", {}, element("span", { text: "Find" }), this.input),
      this.count,
      ...this.steps,
    );
    this.input.addEventListener("input", () => this.#wait());
    this.input.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("keydown", (event) => this.#onSlash(event));
  }

  #timer = 0;

  /** @param {string} find @param {Found} found @param {number} place Of the selected one among the hits, from 0; -1 if it is none. */
  paint(find, { shown, hidden }, place) {
    // What is being typed is not yet looked for.
    if (this.#timer === 0 && document.activeElement !== this.input) this.input.value = find;
    const isAsked = find.trim() !== "";
    const all = number(shown.size);
    const words = place < 0 ? counted(shown.size, "hit") : `${number(place + 1)} of ${all}`;
    const more = hidden > 0 ? `, ${number(hidden)} more filtered away` : "";
    const said = isAsked ? words + more : "";
    if (this.count.textContent !== said) this.count.textContent = said;
    for (const button of this.steps) {
      button.hidden = !isAsked;
      button.disabled = shown.size === 0;
    }
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#take(), PAUSE);
  }

  /** @param {1 | -1} by */
  #go(by) {
    this.#take();
    this.onStep(by);
  }

  #take() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.onFind(this.input.value);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key === "Enter" && !event.isComposing) this.#go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && this.input.value !== "") {
      this.input.value = "";
      this.#take();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A slash leads here, unless it is being written somewhere. @param {KeyboardEvent} event */
  #onSlash(event) {
    if (event.key !== "/" || event.altKey || event.ctrlKey || event.metaKey || this.input.closest("[inert]")) return;
    const { target } = event;
    const isWriting = target instanceof HTMLElement && target.matches("input:not([type=range]), textarea, select, [contenteditable]");
    if (isWriting || !this.input.checkVisibility()) return;
    event.preventDefault();
    this.input.focus();
    this.input.select();
  }
}
