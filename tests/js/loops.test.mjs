import assert from "node:assert/strict";
import { test } from "node:test";

import { returnsOf } from "../../provenance/static/provenance/explorer/loops.js";
import { appearance, model } from "./claims.mjs";

const circular = (...about) => ({ kind: "circular_reporting", message: "It came back.", about });
const row = (id, y, facts = {}) => ({
  row: { kind: "one", expanded: null, members: [{ id }] },
  left: 10 * id,
  width: 100,
  y,
  ...facts,
});
const placed = [row(1, 10), row(2, 40), row(3, 70)];
const rightOf = ({ left, width }) => left + width;
const scene = { placed, rightOf, most: 500, isLater: () => false, lit: null };

test("a line leads from where it came back to where it began, right of all that stands between", () => {
  const tree = model([appearance(1), appearance(2, { rests: [1] }), appearance(3, { rests: [2] })], {
    findings: [circular(1, 2, 3)],
  });
  const [{ line, tip, isLit }] = returnsOf(tree, scene);
  assert.equal(line, "M130 70H136Q142 70 142 64V16Q142 10 136 10H116");
  assert.ok(tip.startsWith("M117 "));
  assert.equal(isLit, false);
  assert.equal(returnsOf(tree, { ...scene, lit: tree.loops[0] })[0].isLit, true);
});

test("no line without both ends, nor before it came back", () => {
  const tree = model([appearance(1), appearance(2), appearance(3)], { findings: [circular(1, 2, 3)] });
  assert.deepEqual(returnsOf(tree, { ...scene, placed: placed.slice(1) }), []);
  assert.deepEqual(returnsOf(tree, { ...scene, isLater: (id) => id === 3 }), []);
  const folded = row(9, 10, { row: { kind: "copies", expanded: false, members: [{ id: 1 }, { id: 3 }] } });
  assert.deepEqual(returnsOf(tree, { ...scene, placed: [folded] }), []);
});

test("very many lines are not all drawn, but the lit one is", () => {
  const findings = Array.from({ length: 300 }, () => circular(1, 3));
  const tree = model([appearance(1), appearance(3)], { findings });
  assert.equal(returnsOf(tree, scene).length, 40);
  const lit = returnsOf(tree, { ...scene, lit: tree.loops[299] });
  assert.equal(lit.length, 41);
  assert.equal(lit.at(-1).isLit, true);
});

test("each finding has a key of its kind and place", () => {
  const jump = { kind: "certainty_jump", message: "", about: [1] };
  const tree = model([appearance(1), appearance(3, { rests: [1] })], { findings: [jump, circular(1, 3), jump] });
  assert.deepEqual([...tree.byKey.keys()], ["certainty_jump-1", "circular_reporting-1", "certainty_jump-2"]);
  assert.deepEqual([...tree.about(tree.loops[0]).derivations].length, 1);
});
