// @ts-check
// Captures as they happen: every source without a snapshot is asked about once, and then those whose capture goes on,
// ever more seldom. Nothing is asked when none does, or while nobody looks.

import { readCaptures } from "./data.js";

/** @typedef {import("./data.js").Ask} Ask */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Capture} Capture */

// Milliseconds.
const AT_ONCE = 250;
const SOON = 1500;
const LATEST = 60_000;
const SLOWER = 1.3;
const READING = 60_000; // how long a captured page may take until its words are looked for

export class Watch {
  /**
   * @param {object} how
   * @param {Ask} how.ask
   * @param {string} how.slug
   * @param {() => void} how.onCaptures Something is known that was not.
   * @param {() => Promise<void>} how.onRevision The claim has changed.
   * @param {() => void} how.onAnswer
   * @param {(error: unknown) => void} how.onUnanswered
   */
  constructor({ ask, slug, onCaptures, onRevision, onAnswer, onUnanswered }) {
    this.ask = ask;
    this.slug = slug;
    this.onCaptures = onCaptures;
    this.onRevision = onRevision;
    this.onAnswer = onAnswer;
    this.onUnanswered = onUnanswered;
    /** @type {Map<string, Capture | null>} By the source's key. */
    this.captures = new Map();
    document.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  /** @type {Model | null} */ #model = null;
  /** @type {Map<string, number>} */ #capturedSince = new Map();
  #timer = 0;
  #pause = SOON;

  /** The newest capture of a source without a snapshot that shows the words. @param {Appearance} appearance */
  captureOf(appearance) {
    return this.#model && isAwaited(appearance) ? (this.captures.get(appearance.source.key) ?? null) : null;
  }

  /** Wait for what this model waits for. @param {Model} model */
  follow(model) {
    this.#model = model;
    this.#pause = SOON;
    if (this.#due().length > 0) this.#plan(AT_ONCE);
  }

  /** A past state waits for nothing. */
  rest() {
    this.#model = null;
    clearTimeout(this.#timer);
  }

  /** Who comes back sees at once what has changed. */
  #onVisibility() {
    if (document.hidden) clearTimeout(this.#timer);
    else if (this.#due().length > 0) this.#plan(AT_ONCE);
  }

  /** @param {number} pause */
  #plan(pause) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#look(), pause);
  }

  async #look() {
    if (document.hidden || !this.#model) return;
    const due = this.#due();
    const isAnswered = await readCaptures(this.ask, this.slug, due).then(
      (found) => this.#take(found).then(() => true),
      (error) => this.onUnanswered(error),
    );
    const left = this.#due();
    const isNew = left.some((key) => !this.captures.has(key));
    this.#pause = Math.min(this.#pause * SLOWER, LATEST);
    if (left.length > 0) this.#plan(isNew && isAnswered ? AT_ONCE : this.#pause);
  }

  /** @param {{revision: number | null, captures: Map<string, Capture | null>}} found */
  async #take({ revision, captures }) {
    this.onAnswer();
    const isNews = [...captures].filter(([key, capture]) => this.#keep(key, capture)).length > 0;
    if (isNews) this.onCaptures();
    if (this.#model && revision !== this.#model.claim.revision) await this.onRevision();
  }

  /** Keep it as the one asked for last; whether it is not what was known. @param {string} key @param {Capture | null} capture */
  #keep(key, capture) {
    const known = JSON.stringify(this.captures.get(key));
    this.captures.delete(key);
    this.captures.set(key, capture);
    return known !== JSON.stringify(capture);
  }

  /** Sources whose captures are not known yet, then those not at their end, the longest unasked first. @returns {string[]} */
  #due() {
    const awaited = (this.#model?.claim.appearances ?? []).filter(isAwaited);
    const keys = new Set(awaited.map(({ source }) => source.key));
    const open = [...this.captures.keys()].filter((key) => keys.has(key) && this.#isOpen(key));
    return [...[...keys].filter((key) => !this.captures.has(key)), ...open];
  }

  /** Whether more is to come: a capture that goes on, or words that were not looked for yet in what it brought. @param {string} key */
  #isOpen(key) {
    const capture = this.captures.get(key);
    if (!capture) return false;
    if (capture.state !== "done") return true;
    if (capture.outcome !== "captured" && capture.outcome !== "captured_truncated") return false;
    const since = this.#capturedSince.get(key) ?? Date.now();
    this.#capturedSince.set(key, since);
    return Date.now() - since < READING;
  }
}

/** Whether a capture may still show the words. @param {Appearance} appearance */
function isAwaited({ evidence, source }) {
  return evidence.state === "unanchored" && evidence.snapshot === null && source.url !== null;
}
