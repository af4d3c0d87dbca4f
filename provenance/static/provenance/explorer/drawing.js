// @ts-check
// The tree on the page: cards as a tree of buttons, lines behind them. Only rows in view and a few more are there.

import { unitOf, xOf } from "./axis.js";
import { contentOf, labelOf, nameOf, notesOf, whenOf, dependenceOf } from "./cards.js";
import { element, fill, svg } from "./elements.js";
import { isTall, layoutOf } from "./layout.js";
import { strokesOf, trunksOf } from "./lines.js";
import { returnsOf } from "./loops.js";
import { LANES, VERBS } from "./words.js";

/** @typedef {import("./cards.js").Telling} Telling */
/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Placed} Placed */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Settings} Settings */

const PHONE = 720; // pixels; below, the tree is a list
const BEYOND = 20 * 27; // pixels above and below the view in which rows are there
const GHOSTS = 9;
const RETURN = 16; // pixels beside the cards of a list, for lines that lead back
const NO_TELLING = /** @type {Telling} */ (/** @type {unknown} */ (null));

/**
 * What is drawn.
 * @typedef {object} Picture
 * @property {Model} model
 * @property {Row[]} rows
 * @property {Settings} settings
 * @property {string | null} focused Key of the row that the tab key reaches.
 * @property {Telling["captureOf"]} captureOf
 * @property {Telling["supposed"]} supposed
 * @property {Telling["hits"]} hits
 * @property {import("./types.js").Finding | null} finding The one that is lit.
 */

export class Drawing {
  /** @param {{onPick: (row: Row) => void}} actions */
  constructor({ onPick }) {
    this.labels = element("div", { class: "days", "aria-hidden": "true" });
    this.lines = svg("svg", { "aria-hidden": "true" });
    this.lanes = element("div", { "aria-hidden": "true" });
    this.list = element("ol", { role: "tree", "aria-label": "Where the claim appears, and what rests on what" });
    this.tree = element("div", { class: "tree" }, this.lines, this.lanes, this.list);
    this.root = element("div", { class: "plot" }, this.labels, this.tree);
    /** @type {Map<string, HTMLLIElement>} */ this.mounted = new Map();
    /** @type {Layout} */ this.layout = { placed: [], axis: null, height: 0, isList: false };
    this.list.addEventListener("click", (event) => {
      const row = this.rowOf(event.target);
      if (row) onPick(row);
    });
    addEventListener("scroll", () => this.#onScroll(), { passive: true, capture: true });
  }

  /** @type {Picture | null} */ #picture = null;
  /** @type {Telling} */ #telling = NO_TELLING;
  /** @type {ReturnType<typeof trunksOf>} */ #lines = { trunks: [], verbs: [] };
  /** @type {{ids: Set<number>, derivations: Set<number>}} */ #chain = { ids: new Set(), derivations: new Set() };
  /** @type {ReturnType<typeof returnsOf>} */ #returns = [];
  #drawn = { top: 0, bottom: 0 };
  #waits = false;
  #width = 0;

  /** Still outlines of cards, until there is a tree. */
  outline() {
    const ghosts = Array.from({ length: GHOSTS }, (_, place) => {
      const ghost = element("i");
      ghost.style.left = `${20 + place * 5}%`;
      return ghost;
    });
    this.list.setAttribute("aria-busy", "true");
    fill(this.labels, element("span", { text: "Loading the tree…" }));
    fill(this.lanes, element("div", { class: "ghosts" }, ...ghosts));
  }

  /** Draw all of it anew; what was there stays the same element. @param {Picture} picture */
  paint(picture) {
    const { model, rows, settings } = picture;
    const { removed, lost } = picture.supposed;
    const isList = innerWidth < PHONE;
    this.#picture = picture;
    this.list.removeAttribute("aria-busy");
    const unit = isList || model.moments.length === 0 ? "list" : unitOf(model.moments);
    this.#telling = { model, moment: settings.moment, unit, isList, captureOf: picture.captureOf, supposed: picture.supposed, hits: picture.hits };
    // In a list cards fill the line: what leads back needs room beside them.
    this.#width = this.tree.clientWidth - (isList && model.loops.length > 0 ? RETURN : 0);
    this.layout = layoutOf(model, rows, { width: this.#width, isList, measure: (row) => this.#measure(row) });
    this.#chain = picture.finding ? model.about(picture.finding) : model.chain(settings.selected);
    this.#lines = trunksOf(model, {
      placed: this.layout.placed,
      lit: this.#chain.derivations,
      isLater: (id) => model.isLater(id, settings.moment),
      isFaint: (id) => this.#isFaint(id),
      isOut: ({ derived, origin }) => removed.has(derived) || removed.has(origin) || lost.has(origin),
      isList,
    });
    this.#returns = returnsOf(model, {
      placed: this.layout.placed,
      rightOf: ({ row, left, width, hasNote }) => left + width + (isList || !hasNote ? 0 : this.#measure(row).note),
      most: this.#width + 14,
      isLater: (id) => model.isLater(id, settings.moment),
      lit: picture.finding,
    });
    this.root.classList.toggle("list", isList);
    this.root.classList.toggle("undated", !isList && !this.layout.axis);
    this.tree.style.height = `${this.layout.height}px`;
    this.#paintAxis();
    this.#paintLanes();
    this.#show(true);
  }

  /** Keep this row on the page wherever the view is: it has the focus. @param {string} key */
  hold(key) {
    if (this.#picture) this.#picture.focused = key;
  }

  /** The row that an event came from. @param {EventTarget | null} target @returns {Row | null} */
  rowOf(target) {
    const item = target instanceof Element ? target.closest("[role=treeitem]") : null;
    const key = item instanceof HTMLElement ? item.dataset.key : undefined;
    return this.layout.placed.find(({ row }) => row.key === key)?.row ?? null;
  }

  /** The button of a row, brought into view. @param {string} key @returns {HTMLElement | null} */
  reach(key) {
    const placed = this.layout.placed.find(({ row }) => row.key === key);
    if (!placed) return null;
    const top = this.tree.getBoundingClientRect().top + placed.y;
    const [above, below] = [60, innerHeight - 90];
    if (top < above || top > below)
      scrollBy({ top: top - (top < above ? above + 40 : below - 40), behavior: "instant" });
    this.#show(true);
    return this.mounted.get(key)?.querySelector("button") ?? null;
  }

  /** With all rows on the page, not only those in view, until it has been read. @template T @param {(plot: HTMLElement) => T} read */
  whole(read) {
    this.#drawn = { top: -Infinity, bottom: Infinity };
    this.#paintRows(false);
    this.#paintLines();
    try {
      return read(this.root);
    } finally {
      this.#show(true);
    }
  }

  #onScroll() {
    if (this.#waits) return;
    this.#waits = true;
    requestAnimationFrame(() => {
      this.#waits = false;
      this.#show(false);
    });
  }

  /** Put the rows in view on the page and take the others off; by default only if the view has moved far. @param {boolean} anew */
  #show(anew) {
    if (!this.#picture || !this.root.isConnected) return;
    const box = this.tree.getBoundingClientRect();
    const view = { top: -box.top, bottom: -box.top + innerHeight };
    const isCovered = view.top >= this.#drawn.top && view.bottom <= this.#drawn.bottom;
    if (!anew && isCovered) return;
    this.#drawn = { top: view.top - BEYOND, bottom: view.bottom + BEYOND };
    this.#paintRows(anew);
    this.#paintLines();
  }

  /** @param {boolean} anew */
  #paintRows(anew) {
    const { focused } = /** @type {Picture} */ (this.#picture);
    const held = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined;
    const inView = this.layout.placed.filter(
      ({ y, row }) => (y >= this.#drawn.top && y <= this.#drawn.bottom) || row.key === focused || row.key === held,
    );
    const keys = new Set(inView.map(({ row }) => row.key));
    for (const [key, item] of this.mounted) {
      if (keys.has(key)) continue;
      item.remove();
      this.mounted.delete(key);
    }
    /** @type {Node | null} */ let before = null;
    for (const placed of inView) {
      const known = this.mounted.get(placed.row.key);
      const item = known ?? element("li", { role: "none" }, element("button", { role: "treeitem", type: "button" }));
      if (!known || anew) this.#paintRow(item, placed);
      this.mounted.set(placed.row.key, item);
      const next = /** @type {Node | null} */ (before ? before.nextSibling : this.list.firstChild);
      if (next !== item) this.list.insertBefore(item, next);
      before = item;
    }
  }

  /** @param {HTMLLIElement} item @param {Placed} placed */
  #paintRow(item, { row, left, y, width, height, hasNote }) {
    const { settings, model, focused, supposed, hits } = /** @type {Picture} */ (this.#picture);
    const { appearance, members } = row;
    const isLost = (/** @type {import("./types.js").Appearance} */ { id }) => supposed.lost.has(id);
    const isSelected =
      members.some(({ id }) => id === settings.selected) && (row.kind === "one" || row.expanded === false);
    const isLater = members.every(({ id }) => model.isLater(id, settings.moment));
    const states = {
      later: isLater,
      faint: members.every(({ id }) => this.#isFaint(id)),
      chain: row.kind === "one" && this.#chain.ids.has(appearance.id),
      selected: isSelected,
      about: this.#picture?.finding !== null && members.some(({ id }) => this.#chain.ids.has(id)),
      hit: hits.within.has(row.key) || (row.kind === "one" && hits.ids.has(appearance.id)),
      removed: members.every(({ id }) => supposed.removed.has(id)),
      orphaned: members.some(isLost) && members.every((each) => isLost(each) || supposed.removed.has(each.id)),
    };
    item.className = ["row", ...Object.keys(states).filter((name) => states[/** @type {keyof states} */ (name)])].join(
      " ",
    );
    item.style.transform = `translate(${left}px, ${y - height / 2}px)`;
    const card = /** @type {HTMLButtonElement} */ (item.firstElementChild);
    const isFolded = row.kind !== "one" || row.hidden > 0;
    card.className = [
      "card",
      appearance.certainty ?? "",
      isTall(model, row) ? "tall" : "",
      isFolded ? "folded" : "",
    ].join(" ");
    card.style.width = this.layout.isList ? `${width}px` : "";
    card.style.maxWidth = `${this.#width - left}px`;
    card.style.height = `${height}px`;
    card.tabIndex = row.key === focused ? 0 : -1;
    card.dataset.key = row.key;
    setFacts(card, {
      "aria-level": row.depth + 1,
      "aria-setsize": row.siblings,
      "aria-posinset": row.place,
      "aria-selected": isSelected,
      "aria-expanded": row.expanded,
      "aria-label": labelOf(this.#telling, row),
    });
    fill(card, ...contentOf(this.#telling, row));
    const note = this.layout.isList || !hasNote ? undefined : notesOf(this.#telling, row)[0];
    item.querySelector(".note")?.remove();
    if (note) item.append(element("span", { class: "note", "aria-hidden": "true", text: note }));
  }

  #paintLines() {
    const { axis, height, isList } = this.layout;
    const bounds =
      isList || !axis
        ? []
        : axis.pieces
            .slice(1)
            .map(({ left }) => svg("path", { class: "bound", d: `M${Math.round(left) + 0.5} 0V${height}` }));
    const cuts = (axis?.pieces ?? []).filter(({ isCut }) => isCut).map(cutMark);
    const strokes = strokesOf(this.#lines.trunks, this.#drawn).flatMap(({ style, line, tip, isBar }) => [
      svg("path", { class: `line ${style}`, d: line }),
      svg("path", { class: `${isBar ? "bar" : "tip"} ${style}`, d: tip }),
    ]);
    const verbs = this.#lines.verbs.map(({ x, y, derivation }) =>
      svg("text", { x, y, class: derivation.kind, text: VERBS[derivation.kind] }),
    );
    const returns = this.#returns.flatMap(({ line, tip, isLit }) => [
      svg("path", { class: isLit ? "line returns lit" : "line returns", d: line }),
      svg("path", { class: "tip returns", d: tip }),
    ]);
    fill(this.lines, ...bounds, ...cuts, ...strokes, ...returns, ...verbs, this.#momentLine());
  }

  /** Where the scrubber stands. */
  #momentLine() {
    const { axis, height } = this.layout;
    const moment = this.#picture?.settings.moment ?? null;
    if (!axis || moment === null) return null;
    return svg("path", { class: "moment", d: `M${Math.round(xOf(axis, moment)) + 0.5} 0V${height}` });
  }

  #paintAxis() {
    const pieces = this.layout.axis?.pieces ?? [];
    fill(
      this.labels,
      ...pieces
        .filter(({ label }) => label)
        .map(({ left, label }, place) => {
          const day = element("span", { text: label });
          day.style.left = `${place === 0 ? 0 : left + 7}px`;
          return day;
        }),
    );
  }

  #paintLanes() {
    const opening = this.layout.placed.filter(({ opensLane }, place) => opensLane && place > 0);
    fill(
      this.lanes,
      ...opening.map(({ y, height, row }) => {
        const lane = element("p", { class: "lane" }, element("span", { text: LANES[row.lane] }));
        lane.style.top = `${y - height / 2 - 10}px`;
        return lane;
      }),
    );
  }

  /** @param {number} id */
  #isFaint(id) {
    const { model, settings } = /** @type {Picture} */ (this.#picture);
    const appearance = model.byId.get(id);
    return appearance !== undefined && model.isFiltered(appearance, settings);
  }

  /** @type {Map<string, number>} */ #widths = new Map();
  #ruler = document.createElement("canvas").getContext("2d");

  /** How wide a card wants to be: what stands on it and what is around that; and what stands beside it. @param {Row} row */
  #measure(row) {
    const { model } = /** @type {Picture} */ (this.#picture);
    const tall = isTall(model, row);
    const [words] = notesOf(this.#telling, row);
    const note = words ? this.#text(words, "12px") + 12 : 0;
    const line =
      this.#text(nameOf(row), tall ? "600 14px" : "600 12.5px") + this.#text(whenOf(this.#telling, row), "12px") + 64;
    if (tall)
      return { card: Math.max(line, this.#text(dependenceOf(this.#telling, row).words, "12px") + 104) + 8, note };
    return { card: line + (row.expanded === null ? 0 : 18), note };
  }

  /** @param {string} words @param {string} font */
  #text(words, font) {
    const key = font + words;
    let width = this.#widths.get(key);
    if (width === undefined) {
      if (this.#ruler) this.#ruler.font = `${font} ${getComputedStyle(this.root).fontFamily}`;
      width = this.#ruler?.measureText(words).width ?? words.length * 7;
      this.#widths.set(key, width);
    }
    return width;
  }
}

/** @param {import("./axis.js").Piece} piece */
function cutMark({ left, right }) {
  const middle = (left + right) / 2;
  return svg("path", { class: "cut", d: `M${middle - 5} 2l3 8M${middle + 2} 2l3 8` });
}

/** @param {Element} made @param {Record<string, string | number | boolean | null>} facts */
function setFacts(made, facts) {
  for (const [name, value] of Object.entries(facts)) {
    if (value === null) made.removeAttribute(name);
    else made.setAttribute(name, String(value));
  }
}
