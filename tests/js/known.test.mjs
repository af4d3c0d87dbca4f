// The second date: which instants of an address are ours, how they are said, and that they are kept.
import assert from "node:assert/strict";
import { test } from "node:test";

import { atFirst, knownIn, readAddress, writeAddress } from "../../provenance/static/provenance/explorer/address.js";
import { zoneOf } from "../../provenance/static/provenance/explorer/dates.js";
import { checked, inWords } from "../../provenance/static/provenance/explorer/known.js";

const UTC = zoneOf([]);

test("the instant is kept in the address, to the microsecond", () => {
  const settings = { ...atFirst(), known: "2021-03-03T09:30:15.000001Z" };
  const address = writeAddress(settings, UTC);
  assert.equal(address, "#known=2021-03-03T09:30:15.000001Z");
  assert.deepEqual(readAddress(address, UTC), settings);
  assert.equal(knownIn(address), settings.known);
});

test("what is no instant, or still to come, is now", () => {
  for (const text of ["", "now", "2021-03-03", "2021-03-03T09:30", "2021-13-03T09:30Z", "<b>", "2999-01-01T00:00Z"])
    assert.equal(checked(text), "");
  assert.equal(knownIn("#a12"), "");
});

test("it is said as precisely as it is", () => {
  assert.equal(inWords("2021-03-03T09:30Z"), "What was known on 3 Mar 2021, 09:30 UTC.");
  assert.equal(inWords("2021-03-03T09:30:00Z"), "What was known on 3 Mar 2021, 09:30 UTC.");
  assert.equal(inWords("2021-03-03T09:30:15.5Z"), "What was known on 3 Mar 2021, 09:30:15.5 UTC.");
});
