// @ts-check
// The state of the page in its address: behind the #, so that it is kept, sent and gone back to, and no server sees it.

import { fromLocal, toLocal } from "./dates.js";
import { checked } from "./known.js";
import { STANCES } from "./words.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./dates.js").Zone} Zone */

/** `#a12` is what other pages, and the page without scripts, call an appearance. */
const ROW = /^#a(\d+)$/;
const FINDING = /^[a-z_]+-[1-9]\d{0,5}$/;
const ID = /^[1-9]\d{0,15}$/;

/** @returns {Settings} */
export function atFirst() {
  return {
    selected: null,
    view: "tree",
    without: new Set(),
    removed: new Set(),
    finding: "",
    find: "",
    kind: "",
    moment: null,
    known: "",
    sort: { column: "date", descending: false },
    page: 1,
  };
}

/**
 * What an address says; what it does not say, or says in a way that is not ours, is as at first.
 * @param {string} hash
 * @param {Zone} zone
 * @returns {Settings}
 */
export function readAddress(hash, zone) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const row = ROW.exec(hash)?.[1];
  const [column, direction] = (said.get("sort") ?? "date").split("-");
  return {
    ...atFirst(),
    selected: Number(row ?? said.get("sel")) || null,
    view: said.get("view") === "table" ? "table" : "tree",
    without: new Set(
      (said.get("hide") ?? "").split(",").flatMap((word) => STANCES.filter((stance) => stance === word)),
    ),
    removed: new Set((said.get("out") ?? "").split(",").filter((id) => ID.test(id)).map(Number)),
    finding: FINDING.exec(said.get("finding") ?? "")?.[0] ?? "",
    find: (said.get("find") ?? "").slice(0, 200),
    kind: /^[a-z]+$/.exec(said.get("kind") ?? "")?.[0] ?? "",
    moment: fromLocal(said.get("asof") ?? "", zone),
    known: knownIn(hash),
    sort: { column, descending: direction === "down" },
    page: Math.max(1, Math.trunc(Number(said.get("page"))) || 1),
  };
}

/** The one part that says what is read, and so is needed before anything was. @param {string} hash */
export const knownIn = (hash) => checked(new URLSearchParams(hash.replace(/^#/, "")).get("known") ?? "");

/**
 * @param {Settings} settings
 * @param {Zone} zone
 * @returns {string} Beginning with #, or empty.
 */
export function writeAddress(settings, zone) {
  const { selected, view, without, removed, finding, find, kind, moment, known, sort, page } = settings;
  const column = sort.column + (sort.descending ? "-down" : "");
  const said = [
    selected !== null && `sel=${selected}`,
    view !== "tree" && `view=${view}`,
    without.size > 0 && `hide=${[...without].join(",")}`,
    removed.size > 0 && `out=${[...removed].join(",")}`,
    finding && `finding=${finding}`,
    find.trim() && `find=${encodeURIComponent(find)}`,
    kind && `kind=${kind}`,
    moment !== null && `asof=${toLocal(moment, zone)}`,
    known && `known=${known}`,
    column !== "date" && `sort=${column}`,
    view === "table" && page > 1 && `page=${page}`,
  ].filter(Boolean);
  return said.length > 0 ? `#${said.join("&")}` : "";
}

/** The address of an appearance on this page. @param {number} id */
export const addressOf = (id) => `#sel=${id}`;
