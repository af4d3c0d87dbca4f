// @ts-check
// The line of marks above the tree, while some appearances are taken out: what keeps an origin, what loses it, what is out.

import { element, svg } from "./elements.js";
import { AS_IT_IS } from "./whatif.js";
import { counted, number } from "./words.js";

/** @typedef {import("./types.js").Supposed} Supposed */

const BLOCKS_AT_MOST = 60; // more would not be seen as such

export class Strip {
  /** @param {Element | null} header That holds the server's strip, in an element of class `strip`. */
  constructor(header) {
    this.header = header;
  }

  #supposed = AS_IT_IS;

  /** @param {Supposed} supposed */
  paint(supposed) {
    if (supposed.sides === this.#supposed.sides) return;
    this.#supposed = supposed;
    this.repaint();
  }

  /** The server's strip is a new one. */
  repaint() {
    const own = this.header?.querySelector(".strip:not(.supposed)");
    const said = own?.parentElement?.querySelector(".said:not(.supposed)");
    for (const old of this.header?.querySelectorAll(".supposed") ?? []) old.remove();
    const side = this.#supposed.sides?.support;
    own?.toggleAttribute("hidden", Boolean(side));
    said?.toggleAttribute("hidden", Boolean(side));
    if (!own || !side) return;
    const kept = side.after.appearances;
    const words = `What if: ${number(kept)} of ${counted(side.before.appearances, "report")} with an origin, `;
    own.after(
      marks(kept, side.lost.length, side.removed),
      element("p", { class: "said supposed", text: `${words}${number(side.lost.length)} without.` }),
    );
  }
}

/** @param {number} kept @param {number} lost @param {number} removed */
function marks(kept, lost, removed) {
  const all = kept + lost + removed;
  const parts = /** @type {[string, number][]} */ ([["beneath", kept], ["lost", lost], ["out", removed]]);
  if (all <= BLOCKS_AT_MOST) {
    const blocks = parts.flatMap(([name, count]) => Array.from({ length: count }, () => element("i", { class: name })));
    return element("p", { class: "strip supposed", "aria-hidden": "true" }, ...blocks);
  }
  let x = 0;
  const bars = parts.map(([name, count]) => {
    const bar = svg("rect", { class: name, x: `${(100 * x) / all}%`, width: `${(100 * count) / all}%`, height: 9, y: 1.5 });
    x += count;
    return bar;
  });
  return svg("svg", { class: "strip supposed", width: "100%", height: 12, "aria-hidden": "true" }, ...bars);
}
