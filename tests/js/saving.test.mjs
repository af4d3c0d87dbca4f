// How large a saved picture becomes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { scaleOf } from "../../provenance/static/provenance/explorer/saving.js";

test("a small picture is drawn at twice its size", () => assert.equal(scaleOf(900, 600), 2));

test("no side is longer and no area larger than canvases hold", () => {
  assert.equal(scaleOf(400, 32_768), 0.5);
  const scale = scaleOf(10_000, 10_000);
  assert.equal(scale, 0.8);
});

test("what could not be read is no picture", () => {
  assert.equal(scaleOf(800, 65_536), 0.25);
  assert.equal(scaleOf(800, 65_537), null);
});
