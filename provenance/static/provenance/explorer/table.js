// @ts-check
// The table: all that the tree shows, in lines that can be sorted, a hundred to a page.

import { supposedOf } from "./cards.js";
import { inWords } from "./dates.js";
import { element, fill, shown } from "./elements.js";
import { evidenceMark, glyph } from "./marks.js";
import { doing, evidenceWord, number, STANCES } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Supposed} Supposed */
/** @typedef {(appearance: Appearance) => import("./types.js").Capture | null} CaptureOf */

export const PER_PAGE = 100;

const CERTAINTIES = ["hedged", "attributed", "asserted"];

/** @typedef {{name: string, title: string, of: (appearance: Appearance, model: Model, supposed: Supposed) => string | number}} Column */

/** @type {Column[]} */
const COLUMNS = [
  { name: "date", title: "Published", of: ({ id }, model) => model.at(id) ?? Infinity },
  { name: "outlet", title: "Outlet", of: ({ outlet }) => outlet },
  { name: "stance", title: "Stance", of: ({ stance }) => STANCES.indexOf(stance) },
  { name: "certainty", title: "Certainty", of: ({ certainty }) => CERTAINTIES.indexOf(certainty ?? "") },
  { name: "rests", title: "Rests on, or answers", of: (appearance, model) => restsOn(appearance, model)[0] ?? "" },
  { name: "evidence", title: "Evidence", of: ({ evidence }) => evidence.state },
  { name: "lines", title: "Own lines", of: ({ lines }) => lines ?? -1 },
];
/** Only in a what-if. @type {Column} */
const WITHOUT = { name: "without", title: "What if", of: (appearance, _, supposed) => outcomeOf(appearance, supposed) };

/** @param {Supposed} supposed */
const columnsOf = ({ removed }) => (removed.size > 0 ? [...COLUMNS, WITHOUT] : COLUMNS);

/** @param {Appearance} appearance @param {Supposed} supposed */
const outcomeOf = (appearance, supposed) =>
  supposedOf(supposed, [appearance]) || (supposed.sides ? "as before" : "being counted");

/**
 * The appearances that the settings leave, in the order they ask for.
 * @param {Model} model
 * @param {Settings} settings
 * @param {Supposed} supposed
 * @returns {Appearance[]}
 */
export function listed(model, settings, supposed) {
  const left = model.claim.appearances.filter(
    (each) => !model.isFiltered(each, settings) && !model.isLater(each.id, settings.moment),
  );
  const inTime = model.inTime(left);
  const column = columnsOf(supposed).find(({ name }) => name === settings.sort.column) ?? COLUMNS[0];
  const sorted =
    column === COLUMNS[0] ? inTime : inTime.sort((a, b) => compare(column.of(a, model, supposed), column.of(b, model, supposed)));
  return settings.sort.descending ? sorted.reverse() : sorted;
}

/** @param {string | number} a @param {string | number} b */
const compare = (a, b) => (typeof a === "string" ? a.localeCompare(String(b), "en") : a - Number(b));

export class Table {
  /** @param {{onPick: (id: number) => void, onChange: (change: Partial<Settings>) => void}} actions */
  constructor({ onPick, onChange }) {
    this.onChange = onChange;
    this.head = element("tr");
    this.body = element("tbody");
    this.pager = element("nav", { class: "pager", "aria-label": "Pages of the table" });
    const table = element(
      "table",
      {},
      element("caption", { class: "unseen", text: "Where the claim appears, and what rests on what" }),
      element("thead", {}, this.head),
      this.body,
    );
    const wide = element("div", { class: "wide", role: "region", "aria-label": "Appearances", tabindex: 0 }, table);
    this.root = element("div", { class: "as-table" }, wide, this.pager);
    this.body.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("tr") : null;
      if (row?.dataset.id && !(event.target instanceof HTMLAnchorElement)) onPick(Number(row.dataset.id));
    });
  }

  /** @param {Model} model @param {Settings} settings @param {CaptureOf} captureOf @param {Supposed} supposed @param {Set<number>} hits @param {Set<number>} about */
  paint(model, settings, captureOf, supposed, hits, about) {
    const rows = listed(model, settings, supposed);
    const pages = Math.max(1, Math.ceil(rows.length / PER_PAGE));
    const page = Math.min(settings.page, pages);
    const first = (page - 1) * PER_PAGE;
    const held = document.activeElement?.closest("tr")?.dataset.id;
    fill(this.head, ...columnsOf(supposed).map((column) => this.#heading(column, model, settings)));
    fill(this.body, ...rows.slice(first, first + PER_PAGE).map((each) => line(each, model, settings, { captureOf, supposed, hits, about })));
    if (held) this.reach(Number(held));
    this.#paintPager(page, pages, first, rows.length);
  }

  /** Put the focus on a row. @param {number} id */
  reach(id) {
    const button = this.body.querySelector(`tr[data-id="${id}"] button`);
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }

  /** @param {Column} column @param {Model} model @param {Settings} settings */
  #heading({ name, title }, model, { sort }) {
    const isSorted = sort.column === name;
    const onclick = () => this.onChange({ sort: { column: name, descending: isSorted && !sort.descending }, page: 1 });
    const said = [model.year, model.zone.label].filter(Boolean).join(", ");
    const zone = name === "date" && element("small", { text: said });
    const direction = sort.descending ? "descending" : "ascending";
    const button = element(
      "button",
      { type: "button", onclick, "data-sort": name },
      title,
      element("span", { class: "way", "aria-hidden": "true" }),
      zone,
    );
    return element("th", { scope: "col", "aria-sort": isSorted ? direction : null }, button);
  }

  /** @param {number} page @param {number} pages @param {number} first @param {number} total */
  #paintPager(page, pages, first, total) {
    this.pager.hidden = pages === 1;
    if (pages === 1) return fill(this.pager);
    const step = (/** @type {string} */ words, /** @type {number} */ to) =>
      element("button", {
        type: "button",
        class: "step",
        disabled: to < 1 || to > pages,
        onclick: () => this.onChange({ page: to }),
        text: words,
      });
    const place = `${number(first + 1)} to ${number(Math.min(first + PER_PAGE, total))} of ${number(total)}`;
    return fill(
      this.pager,
      element("span", { role: "status", text: place }),
      step("Previous page", page - 1),
      step("Next page", page + 1),
    );
  }
}

/** @param {Appearance} appearance @param {Model} model @param {Settings} settings @param {{captureOf: CaptureOf, supposed: Supposed, hits: Set<number>, about: Set<number>}} of */
function line(appearance, model, settings, { captureOf, supposed, hits, about }) {
  const { id, stance, certainty, evidence, lines } = appearance;
  const isSelected = id === settings.selected;
  const rests = restsOn(appearance, model).join("; ");
  const nothing = model.roots.has(id) ? "an origin" : "nothing recorded here";
  const states = [
    isSelected && "selected",
    hits.has(id) && "hit",
    about.has(id) && "about",
    supposed.removed.has(id) && "removed",
    supposed.lost.has(id) && "orphaned",
  ].filter(Boolean);
  return element(
    "tr",
    { "data-id": id, class: states.join(" ") || null },
    element("td", { text: inWords(appearance.saidAt, model.zone, model.year) }),
    element(
      "th",
      { scope: "row" },
      element("button", { type: "button", "aria-pressed": String(isSelected), text: shown(appearance.outlet) }),
      hits.has(id) && element("span", { class: "unseen", text: ", a hit" }),
    ),
    element("td", {}, element("span", { class: "with-mark" }, glyph(stance, 12), stance)),
    element("td", { class: certainty, text: certainty ?? "not stated" }),
    element("td", { class: rests ? "rests" : "rests muted", text: rests || nothing }),
    element(
      "td",
      {},
      element(
        "span",
        { class: `with-mark evidence-${evidence.state}` },
        evidenceMark(evidence.state),
        evidenceWord(evidence, captureOf(appearance)),
      ),
    ),
    element("td", { text: lines === null ? "–" : String(lines) }),
    supposed.removed.size > 0 && element("td", { text: outcomeOf(appearance, supposed) }),
  );
}

/** @param {Appearance} appearance @param {Model} model */
function restsOn({ id }, model) {
  const loops = (model.findings.get(id) ?? []).filter((finding) => model.loops.includes(finding));
  const returns = loops.map(({ about }) => `comes back to ${shown(model.byId.get(about[0])?.outlet ?? "")}`);
  return [...derivedFrom(id, model), ...returns];
}

/** @param {number} id @param {Model} model */
function derivedFrom(id, model) {
  return (model.up.get(id) ?? []).map((derivation) => {
    const words = `${doing(derivation)} ${shown(model.byId.get(derivation.origin)?.outlet ?? "")}`;
    return derivation.suggested ? `suggested: ${words}` : words;
  });
}
