// @ts-check
// What the reader opened and folded.

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Row} Row */

export class Choices {
  /** By the key of a row: opened (true) or folded. @type {Map<string, boolean>} */ all = new Map();

  /** Open what is folded, or fold it. @param {Row} row */
  turn({ key, expanded }) {
    this.all.set(key, expanded === false);
  }

  /** @param {Row} row */
  open({ key }) {
    this.all.set(key, true);
  }

  /** Nothing that an appearance is folded into stays folded. @param {Model} model @param {Row[]} rows @param {number} id */
  unfold(model, rows, id) {
    for (const { key, kind, members } of rows) {
      if (kind !== "one" && members.some((member) => member.id === id)) this.all.delete(key);
    }
    for (let above = model.above(id); above !== null; above = model.above(above)) this.all.delete(`one-${above}`);
  }
}
