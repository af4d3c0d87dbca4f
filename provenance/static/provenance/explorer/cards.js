// @ts-check
// What a row of the tree says: on its card, beside it, and to who hears it.

import { dependenceOn } from "./counting.js";
import { inWords, short } from "./dates.js";
import { element, shown } from "./elements.js";
import { evidenceMark, foldMark, glyph } from "./marks.js";
import { isTall } from "./layout.js";
import { SUGGESTED } from "./model.js";
import { capital, counted, doing, evidenceNote, evidenceWord, LANES, number, VERBS_OF_MANY } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Capture} Capture */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Supposed} Supposed */

/** What is looked for and found, and how much of it is folded away by the key of a row. @typedef {{ids: Set<number>, within: Map<string, number>}} Hits */

/**
 * What cards are written from.
 * @typedef {object} Telling
 * @property {Model} model
 * @property {number | null} moment
 * @property {string} unit Of the time axis; `list` where there is none, so that a card says the whole date.
 * @property {boolean} isList Whether cards say what they rest on, so that nothing stands beside them.
 * @property {(appearance: Appearance) => Capture | null} captureOf
 * @property {Supposed} supposed
 * @property {Hits} hits
 */

/** @param {Row} row */
export function nameOf({ kind, appearance, members, hidden }) {
  if (kind === "copies") return `${number(members.length)} verbatim copies`;
  if (kind === "more") return `${number(members.length)} more`;
  return shown(appearance.outlet) + (hidden > 0 ? ` and ${number(hidden)} that follow` : "");
}

/** @param {Telling} telling @param {Row} row */
export function whenOf({ model, unit }, { kind, appearance, members }) {
  const say = (/** @type {string} */ saidAt) =>
    unit === "list" ? inWords(saidAt, model.zone, model.year) : short(saidAt, model.zone, unit);
  const [first, last] = [say(appearance.saidAt), say(members[members.length - 1].saidAt)];
  if (kind === "one" || first === last) return first;
  const [day] = last.split(", ");
  const isOneDay = first.startsWith(`${day}, `);
  return [first, last].map((words) => (isOneDay ? words.slice(day.length + 2) : words)).join(" to ");
}

/** What it rests on or answers, in one line; empty if nothing is recorded. @param {Telling} telling @param {Row} row */
export function howOf({ model }, { kind, appearance }) {
  const derivation = model.primary(appearance.id) ?? model.up.get(appearance.id)?.[0];
  if (!derivation) return model.roots.has(appearance.id) ? "an origin" : "";
  const origin = shown(model.byId.get(derivation.origin)?.outlet ?? "");
  const verb = kind === "one" ? doing(derivation) : (VERBS_OF_MANY[derivation.kind] ?? "rest on");
  return `${verb} ${origin}`;
}

/**
 * What stands out about it: what it is about first, then what our snapshots miss, then what the graph shows.
 * @param {Telling} telling
 * @param {Row} row
 * @returns {string[]}
 */
export function notesOf({ model, isList, captureOf, supposed, hits }, { key, kind, appearance, members, lane }) {
  const within = hits.within.get(key);
  const folded = within !== undefined && `${counted(within, "hit")} folded here`;
  if (kind !== "one") return [folded, supposedOf(supposed, members)].flatMap((note) => note || []);
  const kinds = new Set((model.findings.get(appearance.id) ?? []).map((finding) => finding.kind));
  const rests = (model.up.get(appearance.id) ?? []).map(({ origin }) => model.byId.get(origin)?.certainty);
  return [
    folded,
    supposedOf(supposed, members),
    evidenceNote(appearance, captureOf(appearance)),
    kinds.has("certainty_jump") && `${rests.find(Boolean)} becomes ${appearance.certainty}`,
    kinds.has("anachronism") && "dated before what it rests on",
    kinds.has("circular_reporting") && "came back to where it began",
    kinds.has("origin_retracted") && "retracted",
    lane === SUGGESTED && "suggested, not counted",
    model.roots.has(appearance.id) && lane !== SUGGESTED && !isList && "origin",
    !appearance.published && "waits to be accepted",
  ].flatMap((note) => note || []);
}

/** What becomes of them in a what-if; empty if nothing does. @param {Supposed} supposed @param {Appearance[]} members */
export function supposedOf({ removed, lost }, members) {
  const count = (/** @type {Set<number>} */ ids) => members.filter(({ id }) => ids.has(id)).length;
  const said = /** @type {[number, string][]} */ ([[count(removed), "taken out"], [count(lost), "left without an origin"]])
    .filter(([found]) => found > 0)
    .map(([found, words]) => (found === members.length ? words : `${number(found)} ${words}`));
  return said.join(", ");
}

/** The whole of it for a screen reader. @param {Telling} telling @param {Row} row */
export function labelOf(telling, row) {
  const { model, captureOf } = telling;
  const { appearance, kind, lane } = row;
  if (kind !== "one") {
    const all = [`${nameOf(row)}, ${whenOf(telling, row)}`, howOf(telling, row), ...notesOf(telling, row)];
    return `${all.filter(Boolean).map(capital).join(". ")}.`;
  }
  const said = [
    `${nameOf(row)}, ${inWords(appearance.saidAt, model.zone)}`,
    capital(appearance.stance) + (appearance.certainty ? `, ${appearance.certainty}` : ""),
    capital(howOf(telling, row)),
    telling.hits.ids.has(appearance.id) && "A hit",
    lane > 0 && LANES[lane],
    ...notesOf({ ...telling, isList: true }, row).map(capital),
    isTall(model, row) && !telling.supposed.removed.has(appearance.id) && dependenceOf(telling, row).words,
    `Evidence ${evidenceWord(appearance.evidence, captureOf(appearance))}`,
  ];
  return `${said.filter(Boolean).join(". ")}.`;
}

/** How many others rest on it at the moment shown. @param {Telling} telling @param {Row} row */
export function dependenceOf({ model, moment }, { appearance }) {
  const { dependents, others } = dependenceOn(model, appearance.id, moment);
  if (dependents === 0) return { share: 0, words: "nothing rests on this yet" };
  const words = `${number(dependents)} of ${counted(others, "other")} ${dependents === 1 ? "rests" : "rest"} on this`;
  return { share: dependents / others, words };
}

/** The card's content. @param {Telling} telling @param {Row} row */
export function contentOf(telling, row) {
  const { appearance, expanded } = row;
  const line = element(
    "span",
    { class: "line" },
    glyph(appearance.stance),
    element("span", { class: "name", text: nameOf(row) }),
    element("span", { class: "time", text: whenOf(telling, row) }),
    evidenceMark(appearance.evidence.state),
    expanded !== null && foldMark(expanded),
  );
  if (isTall(telling.model, row)) return [line, meter(telling, row)];
  if (!telling.isList) return [line];
  const notes = notesOf(telling, row).join("; ");
  return [
    line,
    element("span", { class: "how", text: howOf(telling, row) }),
    notes && element("span", { class: "how", text: notes }),
  ];
}

/** @param {Telling} telling @param {Row} row */
function meter(telling, row) {
  if (telling.supposed.removed.has(row.appearance.id)) {
    return element("span", { class: "line rests", text: "set aside for this question" });
  }
  const { share, words } = dependenceOf(telling, row);
  const bar = element("b");
  bar.style.width = `${Math.round(share * 100)}%`;
  return element("span", { class: "line rests" }, element("span", { class: "meter" }, bar), words);
}
