import assert from "node:assert/strict";
import { test } from "node:test";

import { inContext } from "../../provenance/static/provenance/explorer/quote.js";

/** The context of words in a text, by code points. */
function around(text, words) {
  const start = [...text.slice(0, text.indexOf(words))].length;
  return inContext(text, { start, end: start + [...words].length });
}

const PARAGRAPH = "One came first. Two came then. Three was said by us, and more. Four followed. Five came last.";

test("a sentence before and the rest of its own are shown", () => {
  assert.deepEqual(around(PARAGRAPH, "Three was said"), {
    before: "Two came then. ",
    exact: "Three was said",
    after: " by us, and more. Four followed.",
  });
});

test("offsets are code points, whatever characters come before", () => {
  const text = `🎉🎉 दिल्ली 👩‍👩‍👧. ${PARAGRAPH}`;
  assert.equal(around(text, "Three was said").exact, "Three was said");
  assert.equal(around("🎉🎉🎉 said 🎉", "said 🎉").exact, "said 🎉");
});

test("context stays within the paragraph, but for one that has none", () => {
  const text = `A title\nSite menu\n${PARAGRAPH}\nFooter`;
  assert.equal(around(text, "One came first.").before, "");
  const alone = around(`The line above.\nOnly these words.\nThe line below.`, "Only these words.");
  assert.deepEqual([alone.before, alone.after], ["The line above.\n", "\nThe line below."]);
});

test("a sentence without an end is cut at a word", () => {
  const endless = `${"word ".repeat(200)}HERE ${"word ".repeat(200)}`.trim();
  const { before, after } = around(endless, "HERE");
  assert.match(before, /^… (word )+$/);
  assert.match(after, /^( word)+ …$/);
  assert.ok(before.length < 400 && after.length < 400);
});

test("an astral character is never cut in half", () => {
  const { before, after } = around(`${"🎉".repeat(999)}HERE${"🎉".repeat(999)}`, "HERE");
  assert.ok(before.isWellFormed() && after.isWellFormed());
});

test("a span past the end of the text is what is left of it", () => {
  assert.equal(inContext("short", { start: 2, end: 99 }).exact, "ort");
});
