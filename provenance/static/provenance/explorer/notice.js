// @ts-check
// The sentence above the tree, where there is something to say.

import { element, fill } from "./elements.js";
import { number } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Settings} Settings */

/** Words, and what can be done about it. @typedef {{words: string, action?: string, onAction?: () => void}} Sentence */

export class Notice {
  /** @param {{onRetry: () => void, onShowAll: () => void}} actions */
  constructor({ onRetry, onShowAll }) {
    this.onRetry = onRetry;
    this.onShowAll = onShowAll;
    this.root = element("p", { class: "notice", role: "status", hidden: true });
  }

  /** What holds until it is over. @type {Sentence | null} */ #trouble = null;

  /** @param {string} words */
  gone(words) {
    this.#trouble = { words };
    this.#show(this.#trouble);
  }

  /** The service did not answer: what is there is the last that it said. @param {string | null} readAt The clock then; null if it is the page as it was sent. */
  unanswered(readAt) {
    const last = readAt ? `What you see is from ${readAt}.` : "What you see is the page as it was sent.";
    const words = `The tree could not be loaded. ${last}`;
    this.#trouble = { words, action: "Try again", onAction: this.onRetry };
    this.#show(this.#trouble);
  }

  /** The service answers again. */
  answered() {
    if (this.#trouble) this.#show(null);
    this.#trouble = null;
  }

  /** @param {Model} model @param {Settings} settings */
  paint(model, settings) {
    this.#show(this.#trouble ?? this.#aboutWhatIsShown(model, settings));
  }

  /** @param {Model} model @param {Settings} settings @returns {Sentence | null} */
  #aboutWhatIsShown(model, settings) {
    const { appearances, total } = model.claim;
    const listed = number(appearances.length);
    if (appearances.length === 0 && settings.known) {
      return { words: "Nothing of this claim was recorded by then, or it was not shown." };
    }
    if (appearances.length === 0) {
      return { words: "Nobody has recorded an appearance yet. Add the first one through the API, or in the admin." };
    }
    if (appearances.every((each) => model.isFiltered(each, settings))) {
      return { words: "No appearance matches these filters.", action: "Show all", onAction: this.onShowAll };
    }
    if (total === appearances.length) return null;
    return { words: `The first ${listed} of ${number(total)} appearances are shown; the counts are of all.` };
  }

  /** Said again only when it changes: it is read out. @param {Sentence | null} sentence */
  #show(sentence) {
    const words = sentence?.words ?? "";
    this.root.hidden = !sentence;
    if (this.root.dataset.said === words) return;
    this.root.dataset.said = words;
    const button = { type: "button", class: "step", text: sentence?.action, onclick: sentence?.onAction };
    fill(this.root, words, " ", sentence?.action && element("button", button));
  }
}
