// @ts-check
// The shapes: stances, evidence, lines. Each always stands beside its word, or within something that is labelled.

import { svg } from "./elements.js";

/** @typedef {import("./types.js").Stance} Stance */
/** @typedef {import("./types.js").EvidenceState} EvidenceState */

/** @type {Record<Stance, () => SVGElement[]>} */
const GLYPHS = {
  support: () => [svg("circle", { cx: 7, cy: 7, r: 5, fill: "currentColor" })],
  deny: () => [
    svg("path", { d: "M7 .8 13.2 7 7 13.2.8 7z", fill: "currentColor" }),
    svg("path", { class: "bar", d: "M4.4 7h5.2", "stroke-width": 1.8 }),
  ],
  query: () => [svg("path", { d: "M7 1.4 13 12H1z", fill: "currentColor" })],
  comment: () => [svg("circle", { cx: 7, cy: 7, r: 4.3, fill: "none", stroke: "currentColor", "stroke-width": 2 })],
};

/** @type {Record<EvidenceState, string>} */
const EVIDENCE = {
  anchored: "M2 6.6 4.8 9.2 10 3",
  changed: "M2 4.4h8M2 7.8h8M8 1.6 4 10.6",
  missing: "M2.5 2.5l7 7M9.5 2.5l-7 7",
  ambiguous: "M4 2v8M8 2v8",
  unanchored: "",
};

/** @type {Record<string, {line: string, end: string}>} */
const LINES = {
  carries: { line: "M0 5H20", end: "M19 1.6L26 5L19 8.4Z" },
  answers: { line: "M0 5H24", end: "M24.5 .5V9.5" },
  suggested: { line: "M1 5H20", end: "M19 1.6L26 5L19 8.4Z" },
  returns: { line: "M0 8H20Q24 8 24 5Q24 2.5 20 2.5H9", end: "M9 0L2 2.5L9 5Z" },
};

/** @param {Stance} stance @param {number} [size] */
export function glyph(stance, size = 14) {
  return svg(
    "svg",
    { class: `mark stance-${stance}`, width: size, height: size, viewBox: "0 0 14 14", "aria-hidden": "true" },
    ...GLYPHS[stance](),
  );
}

/** @param {EvidenceState} state @param {number} [size] */
export function evidenceMark(state, size = 12) {
  const shape =
    state === "unanchored"
      ? svg("circle", { cx: 6, cy: 6, r: 4, "stroke-dasharray": "2 2.2", "stroke-width": 1.5 })
      : svg("path", { d: EVIDENCE[state] });
  const facts = {
    class: `mark stroked evidence-${state}`,
    width: size,
    height: size,
    viewBox: "0 0 12 12",
    "aria-hidden": "true",
  };
  return svg("svg", facts, shape);
}

/** Whether something is folded behind it. @param {boolean} isOpen */
export function foldMark(isOpen) {
  const d = isOpen ? "M0 5h10" : "M5 0v10M0 5h10";
  return svg(
    "svg",
    { class: "mark stroked", width: 10, height: 10, viewBox: "0 0 10 10", "aria-hidden": "true" },
    svg("path", { d }),
  );
}

/** @param {"carries" | "answers" | "suggested" | "returns"} kind */
export function lineSample(kind) {
  const { line, end } = LINES[kind];
  const tip = { answers: "bar deny", returns: "tip returns", carries: "tip", suggested: "tip" }[kind];
  return svg(
    "svg",
    { class: "mark", width: 22, height: 9, viewBox: "0 0 26 10", "aria-hidden": "true" },
    svg("path", { class: `line ${kind} deny`, d: line }),
    svg("path", { class: tip, d: end }),
  );
}
