import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../provenance/static/provenance/explorer/folding.js";
import { walk } from "../../provenance/static/provenance/explorer/keyboard.js";
import { appearance, model } from "./claims.mjs";

const copy = (id) => appearance(id, { rests: [{ origin: 2, kind: "syndication" }], quote: "One text." });
const TREE = model([
  appearance(1),
  appearance(2, { rests: [1] }),
  copy(3),
  copy(4),
  copy(5),
  appearance(6, { rests: [1] }),
]);
const ROWS = rowsOf(TREE, { choices: new Map(), selected: null });
const [ONE, TWO, COPIES, SIX] = ROWS;
const seen = () => false;
const to = (key, row, isHidden = seen) => walk(key, ROWS, row, isHidden)?.row;

test("arrows walk rows, parents and children", () => {
  assert.equal(to("ArrowDown", ONE), TWO);
  assert.equal(to("ArrowUp", TWO), ONE);
  assert.equal(to("ArrowRight", ONE), TWO);
  assert.equal(to("ArrowLeft", SIX), ONE);
  assert.equal(to("Home", SIX), ONE);
  assert.equal(to("End", ONE), SIX);
});

test("right opens what is folded, left folds it again", () => {
  assert.deepEqual(walk("ArrowRight", ROWS, COPIES, seen), { row: COPIES, turn: true });
  const opened = rowsOf(TREE, { choices: new Map([["copies-3", true]]), selected: null });
  assert.deepEqual(walk("ArrowLeft", opened, opened[2], seen), { row: opened[2], turn: true });
  assert.equal(walk("ArrowRight", opened, opened[2], seen)?.row, opened[3]);
});

test("what is hidden is passed over", () => {
  assert.equal(
    to("ArrowDown", ONE, (row) => row === TWO),
    COPIES,
  );
  assert.equal(
    to("End", ONE, (row) => row === SIX),
    COPIES,
  );
});

test("keys that lead nowhere are left alone", () => {
  assert.equal(walk("ArrowUp", ROWS, ONE, seen), null);
  assert.equal(walk("ArrowLeft", ROWS, ONE, seen), null);
  assert.equal(walk("x", ROWS, ONE, seen), null);
});
