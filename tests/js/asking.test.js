// What the search asks, and what it says of the answer.
import assert from "node:assert/strict";
import { test } from "node:test";

import { question, sentence } from "../../provenance/static/provenance/asking.js";

test("words are searched for from two letters on", () => {
  assert.equal(question(" a "), null);
  assert.equal(question(""), null);
  assert.deepEqual([question(" ab ")?.asked, question("ab")?.isURL], ["ab", false]);
  assert.match(question("http and words")?.query ?? "", /claims\(search/);
});

test("an address is asked for once its host is complete", () => {
  for (const begun of ["http:", "https://", "https://paper.exam", "https:///x"]) assert.equal(question(begun), null);
  const asking = question(" HTTPS://paper.example/story ");
  assert.equal(asking?.asked, "HTTPS://paper.example/story");
  assert.match(asking?.query ?? "", /claimsCiting\(url/);
});

test("what was found is counted in words", () => {
  assert.equal(sentence(0, false), "No claim has all of these words.");
  assert.equal(sentence(0, true), "No claim is recorded for this page.");
  assert.equal(sentence(1, false), "1 claim.");
  assert.equal(sentence(8, false), "8 claims.");
  assert.equal(sentence(9, false), "9 claims; the newest 8 are listed. Press Enter for all.");
});
