// @ts-check
// The words in the snapshot: the exact quote with what stands around it, and the facts to check it by.

import { words as dateWords } from "./dates.js";
import { element, shown, weblink } from "./elements.js";
import { evidenceMark } from "./marks.js";
import { inContext } from "./quote.js";
import { capital, captureWord, evidenceWord, number, sizeWords } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./panel.js").Shown} Shown */
/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Capture} Capture */
/** @typedef {import("./types.js").Details} Details */

const COPIED_FOR = 2000; // milliseconds

/** @param {Shown} what @param {Appearance} appearance @param {() => void} onRetry */
export function wordsInSnapshot({ model, details, capture }, appearance, onRetry) {
  const { state } = appearance.evidence;
  const known = details === "unanswered" ? null : details;
  const word = evidenceWord(appearance.evidence, capture);
  const evidence = element("span", { class: `with-mark evidence-${state}` }, evidenceMark(state), word);
  return element(
    "section",
    {},
    element("h3", {}, "The words in the snapshot ", evidence),
    quotation(appearance, known),
    details === "unanswered" && unanswered(onRetry),
    captureState(capture ?? known?.capture ?? null),
    known && snapshotFacts(known, appearance, model),
    known?.vouchedWhy && element("p", { class: "snapshot", text: `Vouched for: ${shown(known.vouchedWhy)}` }),
  );
}

/** @param {() => void} onRetry */
function unanswered(onRetry) {
  const again = element("button", { type: "button", class: "step", text: "Try again", onclick: onRetry });
  return element("p", { class: "warn", role: "status" }, "The snapshot could not be loaded. ", again);
}

/** @param {Appearance} appearance @param {Details | null} details */
function quotation(appearance, details) {
  const text = details?.snapshot?.text;
  const facts = { lang: appearance.language || null, dir: "auto" };
  if (text && details?.quote) {
    const { before, exact, after } = inContext(text, details.quote);
    return element("blockquote", facts, shown(before), element("mark", { text: shown(exact) }), shown(after));
  }
  if (!appearance.quote) return element("p", { class: "muted", text: "No exact words are recorded." });
  const isHeld = appearance.evidence.snapshot !== null;
  return element(
    "blockquote",
    facts,
    isHeld ? element("mark", { text: shown(appearance.quote) }) : `“${shown(appearance.quote)}”`,
  );
}

/** @param {Capture | null} capture */
function captureState(capture) {
  const word = capture && captureWord(capture);
  const detail = capture?.detail ? ` ${shown(capture.detail)}` : "";
  return (
    word && element("p", { class: "capture", role: "status" }, element("b", { text: `${capital(word)}.` }), detail)
  );
}

/** @param {Details} details @param {Appearance} appearance @param {Model} model */
function snapshotFacts({ snapshot, snapshots, newestAt }, appearance, model) {
  const sourcePage = `/sources/${appearance.source.id}/`;
  if (!snapshot) {
    const none =
      snapshots
        ? "The words are in none of them."
        : appearance.source.url
          ? ""
          : "An offline work: nothing to capture.";
    const seen =
      snapshots !== null &&
      snapshots > 0 &&
      element("a", { href: sourcePage, text: snapshots === 1 ? "1 snapshot" : `${number(snapshots)} snapshots` });
    return element("p", { class: "snapshot" }, seen, seen && ". ", none);
  }
  const others = snapshots === null ? null : snapshots - 1;
  return element(
    "p",
    { class: "snapshot" },
    `Captured ${instant(snapshot.capturedAt, model)}`,
    element("br"),
    "SHA-256 ",
    digest(snapshot.sha256),
    element("br"),
    weblink(snapshot.warcUrl, `WARC, ${sizeWords(snapshot.size)}`),
    ", ",
    element("a", { href: `/snapshots/${snapshot.id}/`, text: "the whole text" }),
    others !== null && ", ",
    others
      ? element("a", {
          href: sourcePage,
          text: others === 1 ? "1 other snapshot" : `${number(others)} other snapshots`,
        })
      : others === 0 && "no other snapshot",
    warning(appearance, snapshot.capturedAt, newestAt, model),
  );
}

/** What was seen, never why. @param {Appearance} appearance @param {string} capturedAt @param {string | null} newestAt @param {Model} model */
function warning({ evidence }, capturedAt, newestAt, model) {
  const newest = newestAt ? `on ${instant(newestAt, model)}` : "in the latest snapshot";
  const words = {
    missing: `Present on ${instant(capturedAt, model)}, absent ${newest}. That says what was seen, not why.`,
    changed: "The latest snapshot words this differently.",
    ambiguous: "In the latest snapshot the words stand more than once.",
    anchored: "",
    unanchored: "",
  }[evidence.state];
  return words && element("span", { class: `warning evidence-${evidence.state}`, text: words });
}

/** @param {string} at @param {Model} model */
const instant = (at, model) => `${dateWords(Date.parse(at), model.zone)} ${model.zone.label}`;

/** @param {string} sha256 */
function digest(sha256) {
  const copy = element("button", { type: "button", class: "as-link", text: "copy", "aria-label": "Copy the SHA-256" });
  copy.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(sha256).then(
      () => true,
      () => false,
    );
    copy.textContent = copied ? "copied" : "cannot copy here";
    setTimeout(() => (copy.textContent = "copy"), COPIED_FOR);
  });
  return element(
    "span",
    {},
    element("code", { title: sha256, text: `${sha256.slice(0, 4)} ${sha256.slice(4, 8)}…${sha256.slice(-4)}` }),
    " ",
    copy,
  );
}
