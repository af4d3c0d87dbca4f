// @ts-check
// Making elements. Words of strangers only ever become text, and their links only web links.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An HTML element. `class`, `text` and event listeners (`onclick`) aside, facts are attributes; one that is false, null or
 * undefined is left out, true gives an empty one.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [facts]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, facts = {}, ...children) {
  const made = document.createElement(tag);
  dress(made, facts, children);
  return made;
}

/**
 * An SVG element, likewise.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [facts]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, facts = {}, ...children) {
  const made = /** @type {SVGElementTagNameMap[Tag]} */ (document.createElementNS(SVG, tag));
  dress(made, facts, children);
  return made;
}

/**
 * @param {Element} made
 * @param {Record<string, unknown>} facts
 * @param {Child[]} children
 */
function dress(made, facts, children) {
  for (const [name, value] of Object.entries(facts)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "text") made.textContent = String(value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
}

// As `shown` of the server's pages: what is not seen and changes what is.
const UNSEEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * The text with each invisible character as its code point, such as ⟨U+202E⟩; a tab stays white space.
 * @param {string} text
 */
export function shown(text) {
  return text
    .replaceAll("\t", " ")
    .replace(UNSEEN, (found) => `⟨U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

/**
 * A link, if a browser opens the address as a web page; else its words alone.
 * @param {string | null} url
 * @param {string} words
 * @param {Record<string, unknown>} [facts]
 */
export function weblink(url, words, facts = {}) {
  const safe = url !== null && /^https?:\/\//i.test(url);
  return safe
    ? element("a", { ...facts, href: url, rel: "noopener nofollow", text: words })
    : element("span", { text: words });
}

/**
 * Replace what an element holds.
 * @param {Element} holder
 * @param {...Child} children
 */
export function fill(holder, ...children) {
  holder.replaceChildren();
  dress(holder, {}, children);
}
