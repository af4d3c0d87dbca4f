// @ts-check
// The panel: who says it, what that rests on, the exact words in the snapshot, and the chain back to the origin.

import { addressOf } from "./address.js";
import { inWords, words as dateWords } from "./dates.js";
import { element, fill, shown, weblink } from "./elements.js";
import { evidenceMark, glyph } from "./marks.js";
import { isAnswer } from "./model.js";
import { inContext } from "./quote.js";
import { capital, captureWord, CERTAINTIES, claimant, doing, evidenceWord, number, restsOnNothing, sizeWords, sortOfOutlet, VERBS } from "./words.js";

/** @typedef {import("./elements.js").Child} Child */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Capture} Capture */
/** @typedef {import("./types.js").Derivation} Derivation */
/** @typedef {import("./types.js").Details} Details */

/**
 * What the panel is about.
 * @typedef {object} Shown
 * @property {Model} model
 * @property {Appearance | null} appearance
 * @property {Details | null | "unanswered"} details Null while they are on their way.
 * @property {Capture | null} capture
 */

const COPIED_FOR = 2000; // milliseconds

export class Panel {
  /** @param {{onClose: () => void, onRetry: () => void}} actions */
  constructor({ onClose, onRetry }) {
    this.onRetry = onRetry;
    this.close = element("button", { type: "button", class: "close", text: "Close", onclick: onClose });
    this.content = element("div");
    this.root = element("aside", { class: "panel", "aria-label": "Selected appearance", tabindex: -1 }, this.close, this.content);
  }

  /** @param {Shown} what */
  paint(what) {
    const { appearance } = what;
    if (!appearance) {
      fill(this.content, element("p", { class: "hint", text: "Select an appearance to read its exact words, and the chain back to where they come from." }));
      return;
    }
    fill(this.content, ...head(what, appearance), facts(what, appearance), findings(what, appearance), this.#words(what, appearance), chain(what, appearance));
  }

  /** @param {Shown} what @param {Appearance} appearance */
  #words({ model, details, capture }, appearance) {
    const { state } = appearance.evidence;
    const known = details && details !== "unanswered" ? details : null;
    const heading = element(
      "h3",
      {},
      "The words in the snapshot ",
      element("span", { class: `with-mark evidence-${state}` }, evidenceMark(state), evidenceWord(appearance.evidence, capture)),
    );
    const unanswered = details === "unanswered" && [
      element("p", { class: "warn", role: "status" }, "The snapshot could not be loaded. ", element("button", { type: "button", class: "step", text: "Try again", onclick: this.onRetry })),
    ];
    return element(
      "section",
      {},
      heading,
      quotation(appearance, known),
      ...(unanswered || []),
      ...captureState(capture ?? known?.capture ?? null),
      known && snapshotFacts(known, appearance, model),
      known?.vouchedWhy && element("p", { class: "snapshot", text: `Vouched for: ${shown(known.vouchedWhy)}` }),
    );
  }
}

/** @param {Shown} what @param {Appearance} appearance @returns {Child[]} */
function head({ model }, { source, saidAt, language, outlet, ...rest }) {
  const date = inWords(saidAt, model.zone) + (saidAt.includes("T") ? ` ${model.zone.label}` : "");
  const sort = sortOfOutlet({ source, saidAt, language, outlet, ...rest });
  const title = shown(source.title) || source.url;
  return [
    element("p", { class: "over", text: `${sort}, ${saidAt ? date : "undated"}` }),
    element("h2", { text: shown(outlet) }),
    title && title !== outlet && element("p", { class: "title", lang: language || null, dir: "auto" }, weblink(source.url, title)),
  ];
}

/** @param {Shown} what @param {Appearance} appearance */
function facts({ model }, appearance) {
  const derivations = model.up.get(appearance.id) ?? [];
  const swatch = element("i", { class: `swatch ${appearance.certainty ?? ""}`, "aria-hidden": "true" });
  const list = element(
    "dl",
    { class: "facts" },
    ...fact("Stance", glyph(appearance.stance), capital(appearance.stance)),
    ...fact("Certainty", swatch, appearance.certainty ? CERTAINTIES[appearance.certainty] : "Not stated"),
    ...fact("Claimant", shown(claimant(appearance))),
  );
  for (const answers of [false, true]) {
    const kind = derivations.filter((derivation) => isAnswer(derivation) === answers);
    if (kind.length > 0) list.append(element("dt", { text: answers ? "Answers" : "Rests on" }), element("dd", { class: "lines" }, ...kind.map((each) => restsOn(model, each))));
  }
  if (derivations.length === 0) list.append(...fact("Rests on", restsOnNothing(appearance)));
  if (appearance.lines !== null && derivations.length > 0) list.append(...fact("Own lines", ownLines(appearance.lines)));
  return list;
}

/** @param {number} lines */
const ownLines = (lines) => `${number(lines)} ${lines === 1 ? "chain to an origin" : "chains to origins that share nothing"}`;

/** @param {string} term @param {...Child} description */
function fact(term, ...description) {
  return [element("dt", { text: term }), element("dd", {}, ...description)];
}

/** @param {Model} model @param {Derivation} derivation */
function restsOn(model, derivation) {
  const how = {
    asserted: ", by its own account",
    inferred: ", as somebody concludes",
    read: "",
  }[derivation.basis ?? "asserted"];
  const verb = isAnswer(derivation) && !derivation.suggested ? "" : `${capital(doing(derivation))} `;
  const words = derivation.quote && element("q", { text: shown(derivation.quote), dir: "auto" });
  return element(
    "p",
    {},
    verb,
    toAppearance(model, derivation.origin),
    how ?? "",
    derivation.suggested && ": suggested, so it does not count until a curator decides",
    ". ",
    words && element("span", { class: "muted" }, words, derivation.evidence === "anchored" ? "" : ` (${evidenceWord({ state: derivation.evidence, reason: "", snapshot: null }, null)})`),
    derivation.reason && element("span", { class: "muted", text: shown(derivation.reason) }),
  );
}

/** @param {Model} model @param {number} id */
function toAppearance(model, id) {
  return element("a", { href: addressOf(id), "data-select": id, text: shown(model.byId.get(id)?.outlet ?? "") });
}

/** @param {Shown} what @param {Appearance} appearance */
function findings({ model }, { id }) {
  const found = model.findings.get(id) ?? [];
  return found.length > 0 && element("ul", { class: "found" }, ...found.map(({ message }) => element("li", { text: shown(message) })));
}

/** @param {Appearance} appearance @param {Details | null} details */
function quotation(appearance, details) {
  const text = details?.snapshot?.text;
  const facts = { lang: appearance.language || null, dir: "auto" };
  if (text && details?.quote) {
    const { before, exact, after } = inContext(text, details.quote);
    return element("blockquote", facts, shown(before), element("mark", { text: shown(exact) }), shown(after));
  }
  if (!appearance.quote) return element("p", { class: "muted", text: "No exact words are recorded." });
  const isHeld = appearance.evidence.snapshot !== null;
  return element("blockquote", facts, isHeld ? element("mark", { text: shown(appearance.quote) }) : `“${shown(appearance.quote)}”`);
}

/** @param {Capture | null} capture @returns {Child[]} */
function captureState(capture) {
  const word = capture && captureWord(capture);
  if (!word) return [];
  return [element("p", { class: "capture", role: "status" }, element("b", { text: `${capital(word)}.` }), capture.detail ? ` ${shown(capture.detail)}` : "")];
}

/** @param {Details} details @param {Appearance} appearance @param {Model} model */
function snapshotFacts({ snapshot, snapshots, newestAt }, appearance, model) {
  const sourcePage = `/sources/${appearance.source.id}/`;
  if (!snapshot) {
    const none = snapshots > 0 ? "The words are in none of them." : appearance.source.url ? "" : "An offline work: nothing to capture.";
    const seen = snapshots > 0 && element("a", { href: sourcePage, text: snapshots === 1 ? "1 snapshot" : `${number(snapshots)} snapshots` });
    return element("p", { class: "snapshot" }, seen, seen && ". ", none);
  }
  const others = snapshots - 1;
  return element(
    "p",
    { class: "snapshot" },
    `Captured ${instant(snapshot.capturedAt, model)}`,
    element("br"),
    "SHA-256 ",
    digest(snapshot.sha256),
    element("br"),
    weblink(snapshot.warcUrl, `WARC, ${sizeWords(snapshot.size)}`),
    ", ",
    element("a", { href: `/snapshots/${snapshot.id}/`, text: "the whole text" }),
    ", ",
    others > 0 ? element("a", { href: sourcePage, text: others === 1 ? "1 other snapshot" : `${number(others)} other snapshots` }) : "no other snapshot",
    warning(appearance, snapshot.capturedAt, newestAt, model),
  );
}

/** What was seen, never why. @param {Appearance} appearance @param {string} capturedAt @param {string | null} newestAt @param {Model} model */
function warning({ evidence }, capturedAt, newestAt, model) {
  const newest = newestAt ? `on ${instant(newestAt, model)}` : "in the latest snapshot";
  const words = {
    missing: `Present on ${instant(capturedAt, model)}, absent ${newest}. That says what was seen, not why.`,
    changed: "The latest snapshot words this differently.",
    ambiguous: "In the latest snapshot the words stand more than once.",
    anchored: "",
    unanchored: "",
  }[evidence.state];
  return words && element("span", { class: `warning evidence-${evidence.state}`, text: words });
}

/** @param {string} at @param {Model} model */
const instant = (at, model) => `${dateWords(Date.parse(at), model.zone)} ${model.zone.label}`;

/** @param {string} sha256 */
function digest(sha256) {
  const copy = element("button", { type: "button", class: "plain", text: "copy", "aria-label": "Copy the SHA-256" });
  copy.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(sha256).then(() => true, () => false);
    copy.textContent = copied ? "copied" : "cannot copy here";
    setTimeout(() => (copy.textContent = "copy"), COPIED_FOR);
  });
  return element("span", {}, element("code", { title: sha256, text: `${sha256.slice(0, 4)} ${sha256.slice(4, 8)}…${sha256.slice(-4)}` }), " ", copy);
}

/** @param {Shown} what @param {Appearance} appearance */
function chain({ model }, appearance) {
  const { ids } = model.chain(appearance.id);
  const steps = model.fromOrigin(ids);
  const answers = steps.some(({ id }) => (model.up.get(id) ?? []).some((derivation) => !derivation.suggested && isAnswer(derivation)));
  return element(
    "section",
    {},
    element("h3", { text: answers ? "What it answers, back to the origin" : "Chain back to the origin" }),
    element("ol", { class: "crumbs" }, ...steps.map((step, place) => crumb(model, step, steps[place - 1], step === appearance))),
  );
}

/** @param {Model} model @param {Appearance} step @param {Appearance | undefined} above @param {boolean} isSelected */
function crumb(model, step, above, isSelected) {
  const derivations = (model.up.get(step.id) ?? []).filter(({ suggested }) => !suggested);
  const how = derivations.map(({ kind, origin }) => `${VERBS[kind]} ${origin === above?.id ? "the one above" : shown(model.byId.get(origin)?.outlet ?? "")}`);
  const start = model.roots.has(step.id) ? "origin" : "starts here";
  const said = [how.join(" and ") || start, step.certainty].filter(Boolean).join(", ");
  const name = isSelected ? element("b", { text: shown(step.outlet) }) : toAppearance(model, step.id);
  const isResponse = derivations.length > 0 && derivations.every(isAnswer);
  return element("li", { class: isResponse ? "answer" : null }, glyph(step.stance), name, " ", element("span", { class: "muted", text: said }));
}
