// @ts-check
// The panel: who says it, what that rests on, the exact words in the snapshot, and the chain back to the origin.

import { addressOf } from "./address.js";
import { inWords } from "./dates.js";
import { element, fill, shown, weblink } from "./elements.js";
import { glyph } from "./marks.js";
import { isAnswer } from "./model.js";
import { wordsInSnapshot } from "./snapshot.js";
import { result } from "./whatif.js";
import {
  capital,
  CERTAINTIES,
  claimant,
  doing,
  evidenceWord,
  number,
  restsOnNothing,
  sortOfOutlet,
  VERBS,
} from "./words.js";

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
 * @property {import("./types.js").Supposed} supposed
 */

export class Panel {
  /** @param {{onClose: () => void, onRetry: () => void, onRemove: (removed: Set<number>) => void}} actions */
  constructor({ onClose, onRetry, onRemove }) {
    this.onRetry = onRetry;
    this.onRemove = onRemove;
    this.close = element("button", { type: "button", class: "close", text: "Close", onclick: onClose });
    this.content = element("div");
    this.root = element(
      "aside",
      { class: "panel", "aria-label": "Selected appearance", tabindex: -1 },
      this.close,
      this.content,
    );
  }

  /** @param {Shown} what */
  paint(what) {
    const held = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.supposes : undefined;
    this.#fill(what);
    const again = held && this.content.querySelector(`[data-supposes="${held}"]`);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }

  /** @param {Shown} what */
  #fill(what) {
    const { appearance } = what;
    if (!appearance) {
      fill(
        this.content,
        element("p", {
          class: "hint",
          text: "Select an appearance to read its exact words, and the chain back to where they come from.",
        }),
      );
      return;
    }
    fill(
      this.content,
      ...head(what, appearance),
      facts(what, appearance),
      findings(what, appearance),
      wordsInSnapshot(what, appearance, this.onRetry),
      chain(what, appearance),
      supposing(what, appearance, this.onRemove),
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
    title &&
      title !== outlet &&
      element("p", { class: "title", lang: language || null, dir: "auto" }, weblink(source.url, title)),
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
    if (kind.length > 0)
      list.append(
        element("dt", { text: answers ? "Answers" : "Rests on" }),
        element("dd", { class: "lines" }, ...kind.map((each) => restsOn(model, each))),
      );
  }
  if (derivations.length === 0) list.append(...fact("Rests on", restsOnNothing(appearance)));
  if (appearance.lines !== null && derivations.length > 0)
    list.append(...fact("Own lines", ownLines(appearance.lines)));
  return list;
}

/** @param {number} lines */
const ownLines = (lines) =>
  `${number(lines)} ${lines === 1 ? "chain to an origin" : "chains to origins that share nothing"}`;

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
    words &&
      element(
        "span",
        { class: "muted" },
        words,
        derivation.evidence === "anchored"
          ? ""
          : ` (${evidenceWord({ state: derivation.evidence, reason: "", snapshot: null }, null)})`,
      ),
    derivation.reason && element("span", { class: "muted", text: shown(derivation.reason) }),
  );
}

/** @param {Model} model @param {number} id */
function toAppearance(model, id) {
  return element("a", { href: addressOf(id), "data-select": id, text: shown(model.byId.get(id)?.outlet ?? "") });
}

/** A link that lights all that a finding is about. @param {Model} model @param {import("./types.js").Finding} finding */
function toFinding(model, finding) {
  const key = [...model.byKey].find(([, each]) => each === finding)?.[0] ?? "";
  return element("a", { href: `#finding=${key}`, "data-finding": key, text: shown(finding.message) });
}

/** @param {Shown} what @param {Appearance} appearance */
function findings({ model }, { id }) {
  const found = model.findings.get(id) ?? [];
  return (
    found.length > 0 &&
    element("ul", { class: "found" }, ...found.map((finding) => element("li", {}, toFinding(model, finding))))
  );
}

/** Taking it out in thought, alone or with all that its source says. @param {Shown} what @param {Appearance} appearance @param {(removed: Set<number>) => void} onRemove */
function supposing({ model, supposed }, appearance, onRemove) {
  const { removed, sides } = supposed;
  const alike = model.claim.appearances.filter(({ source }) => source.id === appearance.source.id).map(({ id }) => id);
  const toggle = (/** @type {string} */ name, /** @type {number[]} */ ids, /** @type {string} */ words) => {
    const isOut = ids.every((id) => removed.has(id));
    const onclick = () =>
      onRemove(new Set(isOut ? [...removed].filter((id) => !ids.includes(id)) : [...removed, ...ids]));
    const text = isOut ? "Put it back" : words;
    return element("button", { type: "button", class: "action", "data-supposes": name, text, onclick });
  };
  const isOut = removed.has(appearance.id);
  return element(
    "section",
    { class: "supposing" },
    toggle("one", [appearance.id], "What if this were not there?"),
    alike.length > 1 && !isOut && toggle("source", alike, `What if all ${number(alike.length)} of this source were not?`),
    isOut && element("p", { text: sides ? capital(result(sides)) : "Counting…" }),
  );
}

/** @param {Shown} what @param {Appearance} appearance */
function chain({ model }, appearance) {
  const { ids } = model.chain(appearance.id);
  const steps = model.fromOrigin(ids);
  const answers = steps.some(({ id }) =>
    (model.up.get(id) ?? []).some((derivation) => !derivation.suggested && isAnswer(derivation)),
  );
  return element(
    "section",
    {},
    element("h3", { text: answers ? "What it answers, back to the origin" : "Chain back to the origin" }),
    element(
      "ol",
      { class: "crumbs" },
      ...steps.map((step, place) => crumb(model, step, steps[place - 1], step === appearance)),
    ),
  );
}

/** @param {Model} model @param {Appearance} step @param {Appearance | undefined} above @param {boolean} isSelected */
function crumb(model, step, above, isSelected) {
  const derivations = (model.up.get(step.id) ?? []).filter(({ suggested }) => !suggested);
  const how = derivations.map(
    ({ kind, origin }) =>
      `${VERBS[kind]} ${origin === above?.id ? "the one above" : shown(model.byId.get(origin)?.outlet ?? "")}`,
  );
  const start = model.roots.has(step.id) ? "origin" : "starts here";
  const said = [how.join(" and ") || start, step.certainty].filter(Boolean).join(", ");
  const name = isSelected ? element("b", { text: shown(step.outlet) }) : toAppearance(model, step.id);
  const isResponse = derivations.length > 0 && derivations.every(isAnswer);
  return element(
    "li",
    { class: isResponse ? "answer" : null },
    glyph(step.stance),
    name,
    " ",
    element("span", { class: "muted", text: said }),
  );
}
