// @ts-check
// A finding that was selected: its sentence above the tree, the way it took, the next of its kind, and the end of it.

import { addressOf } from "./address.js";
import { element, fill, shown } from "./elements.js";
import { capital, number } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Finding} Finding */

const STEPS_AT_MOST = 12;

export class Spotlight {
  /** @param {{onNext: (kind: string) => void, onEnd: () => void}} actions */
  constructor({ onNext, onEnd }) {
    this.said = element("p", { role: "status" });
    this.path = element("p", { class: "path" });
    this.next = element("button", { type: "button", class: "step", onclick: () => onNext(this.#kind) });
    const end = element("button", { type: "button", class: "step", text: "Let go", onclick: onEnd });
    this.root = element("section", { class: "spotlight", "aria-label": "Selected finding", hidden: true });
    this.root.append(this.said, this.path, element("p", {}, this.next, end));
  }

  #kind = "";

  /** @param {Model} model @param {Finding | null} finding */
  paint(model, finding) {
    this.root.hidden = finding === null;
    const words = finding ? `${capital(finding.kind.replaceAll("_", " "))}. ${shown(finding.message)}` : "";
    if (this.said.textContent !== words) this.said.textContent = words;
    if (!finding) return;
    this.#kind = finding.kind;
    const alike = model.claim.findings.filter(({ kind }) => kind === finding.kind);
    this.next.hidden = alike.length < 2;
    this.next.textContent = `Next of ${number(alike.length)}`;
    fill(this.path, ...way(model, finding));
  }
}

/** What it is about, as links; of a circular report in its order, back to where it began. @param {Model} model @param {Finding} finding */
function way(model, { kind, about }) {
  const isLoop = kind === "circular_reporting";
  const steps = about.slice(0, STEPS_AT_MOST);
  const more = about.length - steps.length;
  const links = steps.flatMap((id, place) => [
    place > 0 && (isLoop ? " → " : ", "),
    element("a", { href: addressOf(id), "data-select": id, "data-stays": true, text: shown(model.byId.get(id)?.outlet ?? "") }),
  ]);
  return [
    isLoop ? "The way it took: " : "It is about ",
    ...links,
    more > 0 && ` and ${number(more)} more`,
    isLoop && `, which is back where it began.`,
  ];
}
