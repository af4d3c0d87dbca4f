import assert from "node:assert/strict";
import { test } from "node:test";

import { fromLocal, inWords, read, short, toLocal, zoneOf } from "../../provenance/static/provenance/explorer/dates.js";

const INDIA = zoneOf(["2021-03-01T05:40:00+05:30"]);
const UTC = zoneOf([]);

test("the zone is that of most dates, and UTC where none has one", () => {
  assert.equal(
    zoneOf(["2021", "2021-03-01T05:40:00+05:30", "2021-03-01T05:40:00+05:30", "2021-03-01T00:00:00Z"]).label,
    "UTC+05:30",
  );
  assert.equal(zoneOf(["2021-03-01T05:40:00-03:00"]).label, "UTC−03:00");
  assert.equal(zoneOf(["2021-03-01", ""]).label, "UTC");
});

test("a date is said as precisely as it was stated, never more", () => {
  assert.equal(inWords("2021", INDIA), "2021");
  assert.equal(inWords("2021-02", INDIA), "Feb 2021");
  assert.equal(inWords("2021-02-28", INDIA), "28 Feb 2021");
  assert.equal(inWords("2021-02-28T22:10:00+05:30", INDIA), "28 Feb 2021, 22:10");
  assert.equal(inWords("", INDIA), "undated");
});

test("an instant of another zone is said in the one zone of the page", () => {
  assert.equal(inWords("2021-02-28T16:40:00Z", INDIA), "28 Feb 2021, 22:10");
});

test("a year that is known is left out, but where it is all there is", () => {
  assert.equal(inWords("2021-02-28", INDIA, 2021), "28 Feb");
  assert.equal(inWords("2020-02-28", INDIA, 2021), "28 Feb 2020");
  assert.equal(inWords("2021", INDIA, 2021), "2021");
});

test("a day begins at midnight of the zone", () => {
  assert.equal(read("2021-03-01", INDIA)?.at, Date.parse("2021-03-01T00:00:00+05:30"));
  assert.equal(read("2021-03-01", UTC)?.precision, "day");
  assert.equal(read("", UTC), null);
});

test("a card says what its axis does not", () => {
  assert.equal(short("2021-03-01T05:40:00Z", UTC, "day"), "05:40");
  assert.equal(short("2021-03-01", UTC, "day"), "1 Mar");
  assert.equal(short("2021-03-01T05:40:00Z", UTC, "month"), "1 Mar");
  assert.equal(short("2021-03-01", UTC, "year"), "Mar 2021");
});

test("an address keeps a moment to the minute", () => {
  const at = Date.parse("2021-03-01T13:00:00+05:30");
  assert.equal(toLocal(at, INDIA), "2021-03-01T13:00");
  assert.equal(fromLocal("2021-03-01T13:00", INDIA), at);
  assert.equal(fromLocal("nonsense", INDIA), null);
});
