// @ts-check
// The explorer: one claim's tree and table, with panel, filters and scrubber, in an element of any page.

import { atFirst, knownIn, readAddress, writeAddress } from "./address.js";
import { Choices } from "./choices.js";
import { asker, readClaim } from "./data.js";
import { DetailsOfOne } from "./details.js";
import { Drawing } from "./drawing.js";
import { element, fill } from "./elements.js";
import { Finder } from "./finder.js";
import { rowsOf } from "./folding.js";
import { findingNamed, following, hitsInOrder, pageOf } from "./going.js";
import { find, NOTHING, placed } from "./hits.js";
import { tabStop, walk } from "./keyboard.js";
import { Known } from "./known.js";
import { Model } from "./model.js";
import { Notice } from "./notice.js";
import { Panel } from "./panel.js";
import { pictureOf } from "./picture.js";
import { Saving } from "./saving.js";
import { Scrubber } from "./scrubber.js";
import { Sheet } from "./sheet.js";
import { Spotlight } from "./spotlight.js";
import { Table } from "./table.js";
import { legendOf, Toolbar } from "./toolbar.js";
import { Watch } from "./watch.js";
import { AS_IT_IS, WhatIf } from "./whatif.js";

/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Settings} Settings */

/**
 * @typedef {object} Options
 * @property {string} slug Of the claim.
 * @property {string} [endpoint] Of GraphQL.
 * @property {import("./data.js").Ask} [ask] Instead of an endpoint: how to ask, for pages with a key of their own.
 * @property {boolean} [address] Whether the page's address keeps the state; true unless said.
 * @property {HTMLElement | null} [fallback] What stays to be read when nothing can be loaded.
 * @property {(revision: number) => void} [onRevision] Called with the claim's revision whenever it is read.
 * @property {(supposed: import("./types.js").Supposed) => void} [onSupposed] Called with what is taken out whenever that is drawn.
 */

const SLOW = 2500; // milliseconds without a tree, after which there is again what can be read meanwhile
const SHOWN_AT_MOST = 40; // appearances that are unfolded because something is about them
const NARROW = "(max-width: 719px)";

/**
 * Draw a claim's tree into an element. What is drawn follows the claim: captures and changes show as they happen.
 * @param {HTMLElement} root Emptied but for the fallback.
 * @param {Options} options
 * @returns {Explorer}
 */
export function mount(root, options) {
  const explorer = new Explorer(root, options);
  void explorer.load();
  return explorer;
}

export class Explorer {
  /** @param {HTMLElement} root @param {Options} options */
  constructor(
    root,
    { slug, endpoint = "/graphql/", ask = asker(endpoint), address = true, fallback = null, onRevision = () => {}, onSupposed = () => {} },
  ) {
    this.root = root;
    this.slug = slug;
    this.ask = ask;
    this.keepsAddress = address;
    this.fallback = fallback;
    this.onRevision = onRevision;
    this.onSupposed = onSupposed;
    this.settings = { ...atFirst(), known: address ? knownIn(location.hash) : "" };
    this.known = new Known({ onChange: (known) => this.change({ known }) });
    this.finder = new Finder({
      onFind: (words) => words !== this.settings.find && this.change({ find: words }),
      onStep: (by) => this.#toHit(by),
    });
    this.saving = new Saving({ slug, picture: () => this.drawing.whole((plot) => pictureOf(plot, this.#heading())) });
    this.toolbar = new Toolbar({
      onChange: (change) => this.change(change),
      onFilter: (stance) => this.#filter(stance),
      finder: this.finder.root,
      known: this.known.form,
      saving: this.saving.root,
    });
    this.drawing = new Drawing({ onPick: (row) => this.#pickRow(row) });
    this.scrubber = new Scrubber({ onMove: (moment) => this.change({ moment }) });
    this.table = new Table({ onPick: (id) => this.select(id), onChange: (change) => this.change(change) });
    this.panel = new Panel({ onClose: () => this.sheet.close(), onRetry: () => this.#readDetails(), onRemove: (removed) => this.change({ removed }) });
    this.details = new DetailsOfOne(ask, (id) => id === this.settings.selected && this.#paintPanel());
    this.sheet = new Sheet(this.panel.root, this.panel.close);
    this.watch = new Watch({
      ask,
      slug,
      onCaptures: () => this.paint(),
      onRevision: () => this.load(),
      onAnswer: () => this.notice.answered(),
      onUnanswered: (error) => this.#unanswered(error),
    });
    this.whatIf = new WhatIf({
      ask,
      slug,
      onAnswer: () => this.paint(),
      onChange: (removed) => this.change({ removed }),
    });
    this.notice = new Notice({
      onRetry: () => this.load(),
      onShowAll: () => this.change({ without: new Set(), kind: "" }),
    });
    this.legend = element("div", { class: "legend", role: "group", "aria-label": "Key" });
    this.spotlight = new Spotlight({
      onNext: (kind) => this.#toFinding(kind),
      onEnd: () => this.change({ finding: "" }),
    });
    this.drawn = element("div", { class: "drawn" }, this.drawing.root, this.scrubber.root);
    this.work = element(
      "div",
      { class: "work" },
      this.known.sentence,
      this.notice.root,
      this.whatIf.dropped,
      this.whatIf.root,
      this.spotlight.root,
      this.toolbar.root,
      this.drawn,
      this.table.root,
      this.legend,
    );
    this.#build();
  }

  /** @type {Model | null} */ model = null;
  /** @type {Row[]} */ rows = [];
  supposed = AS_IT_IS;
  found = NOTHING;
  #choices = new Choices();
  /** @type {string | null} */ #focused = null;
  #readAt = "";
  /** Up to when what is drawn was recorded, as in the settings. */
  #drawn = "";

  #build() {
    this.root.classList.add("explorer");
    this.root.replaceChildren(...(this.fallback ? [this.fallback] : []), this.work, this.panel.root);
    this.work.classList.add("waiting");
    this.drawing.outline();
    setTimeout(() => this.root.classList.toggle("slow", this.work.classList.contains("waiting")), SLOW);
    this.drawing.list.addEventListener("keydown", (event) => this.#onKey(event));
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape(event));
    document.addEventListener("click", (event) => this.#onLink(event));
    // Who chose a finding above the tree still has the focus there.
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.settings.finding) this.change({ finding: "" });
    });
    if (this.keepsAddress) addEventListener("hashchange", () => this.#fromAddress());
    let width = 0;
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === width) return;
      width = contentRect.width;
      if (!matchMedia(NARROW).matches) this.sheet.close();
      this.paint();
    }).observe(this.work);
  }

  /** Read the claim, and draw it; on failure what is there stays, with a sentence. */
  async load() {
    const { known } = this.settings;
    const claim = await readClaim(this.ask, this.slug, known).catch((error) => new Error("unread", { cause: error }));
    // Another state was asked for meanwhile.
    if (known !== this.settings.known) return;
    if (claim instanceof Error) this.#unanswered(claim.cause);
    else if (claim) this.#take(new Model(claim), known);
    else this.#gone();
  }

  /** @param {Model} model @param {string} known */
  #take(model, known) {
    const isFirst = this.model === null;
    if (known !== this.#drawn) this.details.forget();
    this.model = model;
    this.#drawn = known;
    this.fallback?.remove();
    this.#readAt = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    this.details.expire();
    this.notice.answered();
    if (known) this.watch.rest();
    if (isFirst) this.#fromAddress();
    else this.#keepSelected();
    if (!known) this.watch.follow(model);
    this.onRevision(model.claim.revision);
    this.#readDetails();
  }

  /** What is selected, or taken out, is not in every state of the claim. */
  #keepSelected() {
    const { selected, removed } = this.settings;
    const kept = this.model ? this.whatIf.kept(this.model, removed) : removed;
    if (kept !== removed) this.settings.removed = kept;
    if (selected !== null && !this.model?.byId.has(selected)) this.change({ selected: this.#first() });
    else this.paint();
  }

  /** @param {unknown} error */
  #unanswered(error) {
    console.info("The claim could not be read:", error);
    this.work.classList.remove("waiting");
    this.root.classList.toggle("lost", this.model === null);
    this.root.classList.remove("slow");
    this.notice.unanswered(this.model && this.#readAt);
  }

  /** There is nothing to be drawn, or not any more. */
  #gone() {
    this.work.classList.remove("waiting");
    this.root.classList.remove("slow");
    this.root.classList.add("nothing");
    this.notice.gone("This claim is not to be seen here.");
  }

  #fromAddress() {
    if (!this.model) return;
    if (this.keepsAddress) this.settings = readAddress(location.hash, this.model.zone);
    if (this.settings.known === this.#drawn) {
      this.settings.removed = this.whatIf.kept(this.model, this.settings.removed);
    }
    const { selected } = this.settings;
    if (selected === null || !this.model.byId.has(selected)) this.settings.selected = this.#first();
    if (this.settings.selected !== null) this.#unfold(this.settings.selected);
    this.#focused = null;
    this.paint();
    if (this.settings.known === this.#drawn) this.#readDetails();
    else void this.load();
  }

  /** What is worth reading first: the main bottleneck, else where it all begins. */
  #first() {
    const model = /** @type {Model} */ (this.model);
    return model.bottleneck ?? model.claim.roots[0] ?? model.claim.appearances[0]?.id ?? null;
  }

  /** @param {Partial<Settings>} change */
  change(change) {
    const { selected, known } = this.settings;
    Object.assign(this.settings, change);
    if (change.removed) this.whatIf.dropped.hidden = true;
    if (this.model && this.keepsAddress) {
      const address = location.pathname + location.search + writeAddress(this.settings, this.model.zone);
      // A question is a step: the back button takes it back.
      if (change.removed) history.pushState(history.state, "", address);
      else history.replaceState(history.state, "", address);
    }
    this.paint();
    if (this.settings.known !== known) void this.load();
    else if (this.settings.selected !== selected) this.#readDetails();
  }

  /**
   * Select an appearance: its chain lights up, and the panel tells about it.
   * @param {number} id
   * @param {string} [finding] That stays or becomes lit.
   */
  select(id, finding = "") {
    if (!this.model?.byId.has(id)) return;
    const model = this.model;
    this.#unfold(id);
    const isLater = model.isLater(id, this.settings.moment);
    this.#focused = null;
    this.change({ selected: id, finding, ...(isLater ? { moment: null } : {}), ...pageOf(this, id) });
    if (!matchMedia(NARROW).matches) return;
    this.sheet.open(() => (this.settings.selected === null ? null : this.#elementOf(this.settings.selected)));
    this.#readDetails();
  }

  /** To the next of the hits, or the one before, in the order of the view; the focus stays. @param {1 | -1} by */
  #toHit(by) {
    const id = following(hitsInOrder(this), this.settings.selected, by);
    if (id === null) return;
    this.#unfold(id);
    this.#focused = null;
    this.change({ selected: id, finding: "", ...pageOf(this, id) });
    this.#elementOf(id)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} id */
  #unfold(id) {
    if (this.model) this.#choices.unfold(this.model, this.rows, id);
  }

  /** @param {Row} row */
  #pickRow(row) {
    const { id } = row.appearance;
    if (row.kind !== "one") return this.#turn(row);
    if (row.expanded === true && id === this.settings.selected) return this.#turn(row);
    if (row.expanded === false) this.#choices.open(row);
    this.select(id);
    return this.drawing.reach(row.key)?.focus({ preventScroll: true });
  }

  /** Open what is folded, or fold it. @param {Row} row */
  #turn(row) {
    this.#choices.turn(row);
    this.#focused = row.key;
    this.paint();
  }

  /** @param {import("./types.js").Stance} stance */
  #filter(stance) {
    const without = new Set(this.settings.without);
    if (!without.delete(stance)) without.add(stance);
    this.change({ without, page: 1 });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const row = this.drawing.rowOf(event.target);
    const model = this.model;
    if (!row || !model || event.altKey || event.ctrlKey || event.metaKey) return;
    const isHidden = (/** @type {Row} */ { members }) =>
      members.every(({ id }) => model.isLater(id, this.settings.moment));
    if (event.key === "w") return this.#suppose(row);
    const step = walk(event.key, this.rows, row, isHidden);
    if (!step) return;
    event.preventDefault();
    if (step.turn) this.#turn(step.row);
    this.#focusRow(step.row.key);
  }

  /** Take a row's appearances out, or put them back. @param {Row} row */
  #suppose({ key, members }) {
    const removed = new Set(this.settings.removed);
    const isOut = members.every(({ id }) => removed.has(id));
    for (const { id } of members) isOut ? removed.delete(id) : removed.add(id);
    this.#focused = key;
    this.change({ removed });
  }

  /** @param {string} key */
  #focusRow(key) {
    const before = this.drawing.mounted.get(this.#focused ?? "")?.querySelector("button");
    if (before) before.tabIndex = -1;
    this.#focused = key;
    this.drawing.hold(key);
    const button = this.drawing.reach(key);
    if (!button) return;
    button.tabIndex = 0;
    button.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    event.preventDefault();
    if (this.sheet.isOpen) this.sheet.close();
    else this.change({ selected: null, finding: "" });
  }

  /** Words that name an appearance select it, wherever on the page. @param {MouseEvent} event */
  #onLink(event) {
    const link = event.target instanceof Element ? event.target.closest("a:is([data-select], [data-finding])") : null;
    if (!(link instanceof HTMLElement) || !this.model || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const isInPanel = this.panel.root.contains(link);
    if (this.#toFinding(link.dataset.finding ?? "")) return;
    if (!link.dataset.select) return;
    // Of several it goes from one to the next.
    const ids = (link.dataset.select ?? "").split(" ").map(Number);
    const id = ids[(ids.indexOf(this.settings.selected ?? -1) + 1) % ids.length];
    this.select(id, link.dataset.stays === undefined ? "" : this.settings.finding);
    if (isInPanel) this.panel.root.focus({ preventScroll: true });
    const row = this.#rowWith(id);
    if (row && this.settings.view === "tree" && !this.sheet.isOpen) this.drawing.reach(row.key);
  }

  /**
   * Light a finding, and select where it leads to. Of a kind, it goes from one to the next.
   * @param {string} name A kind, or the key of one finding.
   * @returns {boolean} False if the tree that is drawn has none.
   */
  #toFinding(name) {
    const found = this.model && findingNamed(this.model, name, this.settings.finding);
    if (!found) return false;
    const { key, about } = found;
    const id = about[about.length - 1];
    for (const each of about.slice(0, SHOWN_AT_MOST)) this.#unfold(each);
    this.select(id, key);
    if (!this.sheet.isOpen) this.#elementOf(id)?.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** What must be seen besides what is selected. @param {import("./types.js").Finding | null} finding */
  #alsoSeen(finding) {
    return [...this.settings.removed, ...(finding?.about ?? [])].slice(0, SHOWN_AT_MOST);
  }

  /** @param {number} id */
  #rowWith(id) {
    return this.rows.find(({ kind, appearance }) => kind === "one" && appearance.id === id) ?? null;
  }

  /** The element that stands for an appearance in the view shown. @param {number} id @returns {HTMLElement | null} */
  #elementOf(id) {
    if (this.settings.view === "table") return this.table.body.querySelector(`tr[data-id="${id}"] button`);
    const row = this.#rowWith(id);
    return row && this.drawing.reach(row.key);
  }

  /** On a phone nobody sees them until the sheet is open. */
  #readDetails() {
    const appearance = this.model?.byId.get(this.settings.selected ?? -1);
    if (appearance && (this.sheet.isOpen || !matchMedia(NARROW).matches)) void this.details.read(appearance);
  }

  /** What a picture of the tree says above it. @returns {import("./picture.js").Heading} */
  #heading() {
    const supposed = this.whatIf.root.hidden ? null : this.whatIf.root.querySelector(".said")?.textContent;
    const known = this.#drawn && `As known at ${this.#drawn}.`;
    const counts = [this.scrubber.root.querySelector(".said")?.textContent, supposed, known].filter((each) => each);
    return {
      claim: this.model?.claim.text ?? "",
      lines: [...counts.map(String), `${location.href}, ${new Date().toISOString().slice(0, 10)}`],
    };
  }

  /** Draw what the model and the settings say. */
  paint() {
    const { model, settings } = this;
    if (!model) return;
    this.work.classList.remove("waiting");
    this.root.classList.remove("lost", "slow");
    this.root.classList.toggle("nothing", model.claim.appearances.length === 0);
    const captureOf = (/** @type {Appearance} */ appearance) => this.watch.captureOf(appearance);
    const finding = model.byKey.get(settings.finding) ?? null;
    this.spotlight.paint(model, finding);
    this.supposed = this.whatIf.of(model, settings);
    this.whatIf.paint(model, this.supposed);
    this.onSupposed(this.supposed);
    this.rows = rowsOf(model, { choices: this.#choices.all, selected: settings.selected, also: this.#alsoSeen(finding) });
    fill(this.legend, ...legendOf(model));
    this.found = find(model, settings);
    this.finder.paint(settings.find, this.found, hitsInOrder(this).indexOf(settings.selected ?? -1));
    this.root.classList.toggle("then", this.#drawn !== "");
    this.known.paint(this.#drawn);
    this.notice.paint(model, settings);
    this.toolbar.paint(model, settings);
    this.drawn.hidden = settings.view !== "tree";
    this.saving.root.hidden = this.drawn.hidden;
    this.table.root.hidden = settings.view !== "table";
    if (settings.view === "table") this.table.paint(model, settings, captureOf, this.supposed, this.found.shown, new Set(finding?.about));
    else {
      const focused = tabStop(model, this.rows, settings, this.#focused);
      const hits = { ids: this.found.shown, within: placed(model, this.rows, this.found.shown).within };
      this.drawing.paint({ model, rows: this.rows, settings, focused, captureOf, supposed: this.supposed, hits, finding });
      this.scrubber.paint(model, this.drawing.layout.axis, settings.moment);
    }
    this.#paintPanel();
  }

  #paintPanel() {
    if (!this.model) return;
    const appearance = this.model.byId.get(this.settings.selected ?? -1) ?? null;
    const details = appearance && this.details.of(appearance.id);
    const capture = appearance && this.watch.captureOf(appearance);
    this.panel.paint({ model: this.model, appearance, details, capture, supposed: this.supposed });
  }
}
