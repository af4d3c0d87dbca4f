// @ts-check
// Pure: what the search asks for what was typed, and what a reader is told of the answer.

export const SHOWN = 8;

const FOUND = "{ totalCount edges { node { slug text language } } }";
const BY_WORDS = `query ($asked: String!) { found: claims(search: $asked, first: ${SHOWN}) ${FOUND} }`;
const BY_URL = `query ($asked: String!) { found: claimsCiting(url: $asked, first: ${SHOWN}) ${FOUND} }`;

/** @typedef {{ query: string, asked: string, isURL: boolean }} Asking */

/**
 * The question to ask for what was typed; null for what is not worth one: a letter, or an address that has only begun.
 * @param {string} typed
 * @returns {Asking | null}
 */
export function question(typed) {
  const asked = typed.trim();
  if (asked.length < 2) return null;
  if (!/^https?:/i.test(asked)) return { query: BY_WORDS, asked, isURL: false };
  return /^https?:\/\/[^/\s]+\//i.test(asked) ? { query: BY_URL, asked, isURL: true } : null;
}

/**
 * @param {number} total
 * @param {boolean} isURL
 * @returns {string}
 */
export function sentence(total, isURL) {
  if (total === 0) return isURL ? "No claim is recorded for this page." : "No claim has all of these words.";
  const claims = total === 1 ? "1 claim" : `${total} claims`;
  return total > SHOWN ? `${claims}; the newest ${SHOWN} are listed. Press Enter for all.` : `${claims}.`;
}
