// @ts-check
// What the explorer calls things. Pure.

/** @typedef {import("./types.js").Appearance} Appearance */
/** @typedef {import("./types.js").Capture} Capture */
/** @typedef {import("./types.js").Derivation} Derivation */

/** @type {import("./types.js").Stance[]} */
export const STANCES = ["support", "deny", "query", "comment"];

export const LANES = ["Carries it on", "Answers it", "Suggested origins"];

/** What a derivation does, as a verb before the origin's name. */
export const VERBS = {
  quotation: "quotes",
  repetition: "repeats",
  syndication: "runs the text of",
  translation: "translates",
  citation: "cites",
  revision: "revises",
  response: "answers",
  correction: "corrects",
};

/** The same for several. @type {Record<string, string>} */
export const VERBS_OF_MANY = { syndication: "run the text of", quotation: "quote" };

/** @type {Record<string, string>} */
export const CERTAINTIES = {
  hedged: "Hedged (“may”)",
  attributed: "Attributed (“X says”)",
  asserted: "Asserted (“did”)",
};

/** @type {Record<string, string>} */
const CHAIN_ENDS = {
  primary: "Nothing: an origin, in its own words",
  anonymous: "A voice that stays unnamed",
  unspecified: "A source that it does not name",
  paywalled: "Something behind a paywall",
  lost: "Something that is lost",
  oral: "Something said aloud",
};

/** @type {Record<string, string>} */
const EVIDENCE = {
  anchored: "anchored",
  changed: "changed since",
  missing: "missing now",
  ambiguous: "ambiguous",
  unanchored: "not anchored",
};

/** @type {Record<string, string>} */
const OWN_VOICES = {
  person: "In person",
  research_body: "The authors themselves",
  government: "The government itself",
  embassy: "The embassy itself",
  newspaper: "The newspaper itself",
  news_agency: "The agency itself",
  broadcaster: "The broadcaster itself",
  magazine: "The magazine itself",
  company: "The company itself",
};

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * `1 report`, `1,000 reports`, `no reports`.
 * @param {number} count
 * @param {string} word
 */
export function counted(count, word) {
  return `${count ? number(count) : "no"} ${word}${count === 1 ? "" : "s"}`;
}

const NUMBERS = new Intl.NumberFormat("en-GB");

/** @param {number} count */
export const number = (count) => NUMBERS.format(count);

/**
 * What our snapshots show of the words; where there is none yet, how far the capture has come.
 * @param {Appearance["evidence"]} evidence
 * @param {Capture | null} capture
 */
export function evidenceWord(evidence, capture) {
  if (evidence.state === "unanchored" && capture) return captureWord(capture) ?? EVIDENCE.unanchored;
  if (evidence.state === "missing" && evidence.snapshot === null) return "quote not found";
  return EVIDENCE[evidence.state];
}

/**
 * Where a capture stands; null once there is nothing to say about it. A failed one says nothing about the page: it is
 * never called deleted.
 * @param {Capture} capture
 * @returns {string | null}
 */
export function captureWord(capture) {
  if (capture.state === "waiting") return "could not be fetched yet";
  if (capture.state !== "done") return "being fetched";
  if (capture.outcome === "failed") return "could not be fetched";
  return capture.outcome === "refused" ? "not fetched" : null;
}

/**
 * What stands beside a card because the words are not simply there.
 * @param {Appearance} appearance
 * @param {Capture | null} capture
 */
export function evidenceNote(appearance, capture) {
  const { state, snapshot } = appearance.evidence;
  if (state === "unanchored") return capture ? captureWord(capture) : null;
  if (state === "missing") return snapshot === null ? "quote not found" : "words not in the latest snapshot";
  return { changed: "edited after capture", ambiguous: "words stand there more than once", anchored: null }[state];
}

/**
 * What a derivation says, before the name of its origin.
 * @param {Derivation} derivation
 */
export function doing(derivation) {
  const verb = VERBS[derivation.kind];
  return derivation.suggested ? `perhaps ${verb}` : verb;
}

/**
 * Why it rests on nothing recorded here.
 * @param {Appearance} appearance
 */
export function restsOnNothing(appearance) {
  return CHAIN_ENDS[appearance.chainEnd ?? ""] ?? "Nothing recorded here";
}

/**
 * Who says it there.
 * @param {Appearance} appearance
 */
export function claimant(appearance) {
  const publisher = appearance.source.publisher;
  if (appearance.claimant && appearance.claimant.id !== publisher?.id) return appearance.claimant.name;
  return publisher ? (OWN_VOICES[publisher.kind] ?? "The publisher itself") : "Not recorded";
}

/**
 * `Newspaper`, `Research body`.
 * @param {Appearance} appearance
 */
export function sortOfOutlet(appearance) {
  return capital((appearance.source.publisher?.kind ?? "source").replaceAll("_", " "));
}

/**
 * `640 bytes`, `48 kB`, `1.5 MB`.
 * @param {number} bytes
 */
export function sizeWords(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
