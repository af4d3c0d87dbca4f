// @ts-check
// The exact words within the snapshot's text: a few sentences around them. Pure.

const AROUND = 320; // UTF-16 units looked at on each side
const SENTENCE = /[.!?…。！？।](?:["'”’»)\]]*)\s+/g;
const ENOUGH = 40; // of context, in all
const SENTENCES = 2; // on each side, with the one the words are in

/**
 * The words with what stands around them in their paragraph; with a paragraph more on each side if that is too little.
 * @param {string} text
 * @param {{start: number, end: number}} span In code points, as anchors count.
 * @returns {{before: string, exact: string, after: string}} With … where a sentence is cut.
 */
export function inContext(text, { start, end }) {
  const from = unitsBefore(text, start);
  const to = from + unitsBefore(text.slice(from), end - start);
  const around = { before: text.slice(0, from), after: text.slice(to) };
  const [paragraph, more] = [0, 1].map((lines) => ({
    before: before(
      around.before
        .split("\n")
        .slice(-1 - lines)
        .join("\n"),
    ),
    after: after(
      around.after
        .split("\n")
        .slice(0, 1 + lines)
        .join("\n"),
    ),
  }));
  const isEnough = paragraph.before.length + paragraph.after.length >= ENOUGH;
  return { ...(isEnough ? paragraph : more), exact: text.slice(from, to) };
}

/** UTF-16 units of so many code points. @param {string} text @param {number} points */
function unitsBefore(text, points) {
  let units = 0;
  for (let left = points; left > 0 && units < text.length; left--) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}

/** @param {string} text */
function before(text) {
  const near = whole(text.slice(-AROUND));
  const begins = [...near.matchAll(SENTENCE)].map((found) => found.index + found[0].length);
  if (near.length === text.length) begins.unshift(0);
  if (begins.length === 0) return `… ${near.slice(near.indexOf(" ") + 1)}`;
  return near.slice(begins[Math.max(0, begins.length - SENTENCES)]);
}

/** @param {string} text */
function after(text) {
  const near = whole(text.slice(0, AROUND));
  const ends = [...near.matchAll(SENTENCE)].map((found) => found.index + found[0].trimEnd().length);
  if (near.length === text.length) ends.push(near.length);
  if (ends.length === 0) return `${near.slice(0, Math.max(near.lastIndexOf(" "), 0))} …`;
  return near.slice(0, ends[Math.min(SENTENCES, ends.length) - 1]);
}

/** Without half of a character at either end. @param {string} text */
const whole = (text) => text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
