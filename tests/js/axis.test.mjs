import assert from "node:assert/strict";
import { test } from "node:test";

import { axisOf, momentAt, unitOf, xOf } from "../../provenance/static/provenance/explorer/axis.js";
import { zoneOf } from "../../provenance/static/provenance/explorer/dates.js";

const UTC = zoneOf([]);
const moments = (...texts) => texts.map((text) => Date.parse(text)).sort((a, b) => a - b);
const axis = (...texts) => axisOf(moments(...texts), { left: 20, right: 820, zone: UTC });

test("each day is one piece, wider where more happened", () => {
  const { pieces, unit } = axis(
    "2021-03-01T00:00Z",
    "2021-03-02T08:00Z",
    "2021-03-02T09:00Z",
    "2021-03-02T10:00Z",
    "2021-03-03T12:00Z",
  );
  assert.equal(unit, "day");
  assert.deepEqual(
    pieces.map(({ label }) => label),
    ["Monday 1 March", "Tuesday 2 March", "Wednesday 3 March"],
  );
  const [first, second] = pieces.map(({ left, right }) => right - left);
  assert.ok(second > first * 1.5);
  assert.equal(pieces[0].left, 20);
  assert.ok(Math.abs(pieces[2].right - 820) < 0.001);
});

test("later is always further right, and a place leads back to its moment", () => {
  const drawn = axis("2021-03-01T00:00Z", "2021-03-02T08:00Z", "2021-03-30T10:00Z");
  let last = -Infinity;
  for (let at = drawn.start; at <= drawn.end; at += 3_600_000) {
    const x = xOf(drawn, at);
    assert.ok(x > last);
    last = x;
    assert.ok(Math.abs(momentAt(drawn, x) - at) < 60_000);
  }
});

test("a long stretch without an event is cut", () => {
  const { pieces } = axis("2021-01-01T00:00Z", "2021-01-02T00:00Z", "2021-12-30T00:00Z");
  const cut = pieces.filter(({ isCut }) => isCut);
  assert.equal(cut.length, 1);
  assert.equal(cut[0].right - cut[0].left, 28);
  assert.equal(cut[0].label, "");
});

test("a short one is not", () => {
  const days = Array.from({ length: 14 }, (_, day) => `2021-03-${String(day + 1).padStart(2, "0")}T00:00Z`);
  days.splice(5, 1);
  assert.ok(axis(...days).pieces.every(({ isCut }) => !isCut));
});

test("units grow with the span", () => {
  const unit = (from, to) => unitOf(moments(from, to));
  assert.equal(unit("2021-03-01", "2021-03-10"), "day");
  assert.equal(unit("2021-03-01", "2021-09-10"), "month");
  assert.equal(unit("2001-03-01", "2021-09-10"), "year");
  assert.equal(unit("1921-03-01", "2021-09-10"), "decade");
  assert.equal(unit("0021-03-01", "2021-09-10"), "century");
});

test("one moment alone has an axis, and marks never crowd", () => {
  assert.equal(axis("2021-03-01T00:00Z").pieces.length, 1);
  const { ticks } = axis("2021-03-01T00:00Z", "2021-03-02T08:00Z", "2021-03-03T09:00Z");
  assert.ok(ticks.length > 3);
  for (const [place, { x }] of ticks.entries()) if (place) assert.ok(x - ticks[place - 1].x >= 24);
});

test("days begin where the zone has midnight", () => {
  const zone = zoneOf(["2021-03-01T00:00:00+05:30"]);
  const { pieces } = axisOf(moments("2021-02-28T20:00:00+05:30", "2021-03-01T02:00:00+05:30"), {
    left: 0,
    right: 800,
    zone,
  });
  assert.equal(pieces[1].from, Date.parse("2021-03-01T00:00:00+05:30"));
});
