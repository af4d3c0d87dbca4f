import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../provenance/static/provenance/explorer/folding.js";
import { layoutOf } from "../../provenance/static/provenance/explorer/layout.js";
import { strokesOf, trunksOf } from "../../provenance/static/provenance/explorer/lines.js";
import { appearance, model } from "./claims.mjs";

const FRAME = { width: 980, isList: false, measure: () => ({ card: 160, note: 0 }) };
const laidOut = (tree, frame = FRAME) => layoutOf(tree, rowsOf(tree, { choices: new Map(), selected: null }), frame);
const SCENE = { lit: new Set(), isLater: () => false, isFaint: () => false, isOut: () => false, isList: false };
const strokes = (tree, { placed }, scene = {}, view = { top: -Infinity, bottom: Infinity }) => {
  const { trunks, verbs } = trunksOf(tree, { ...SCENE, placed, ...scene });
  return { strokes: strokesOf(trunks, view), verbs };
};

/** A bushy tree with answers and a suggestion, an hour between two. */
const BUSHY = model(
  Array.from({ length: 40 }, (_, place) => {
    const saidAt = new Date(Date.UTC(2021, 2, 1, place)).toISOString();
    const rests =
      place === 0
        ? []
        : place % 9 === 8
          ? [{ origin: Math.ceil(place / 3), kind: "response" }]
          : [Math.ceil(place / 3)];
    return appearance(place + 1, { saidAt, rests, stance: place % 9 === 8 ? "deny" : "support" });
  }),
);

test("cards stand right of what they hang on, and within the drawing", () => {
  const { placed } = laidOut(BUSHY);
  for (const { row, left, x, width } of placed) {
    assert.ok(left >= 0 && left + width <= 980.001);
    if (row.parent >= 0) assert.ok(x > placed[row.parent].x);
  }
});

test("no trunk crosses a card of its own lane", () => {
  const { placed } = laidOut(BUSHY);
  for (const parent of placed) {
    const last = placed.filter(({ row }) => placed[row.parent] === parent).at(-1);
    if (!last) continue;
    const between = placed.filter(({ y }) => y > parent.y && y < last.y);
    assert.ok(between.every(({ left }) => left > parent.x));
  }
});

test("what is dated before what it rests on still hangs right of it", () => {
  const tree = model([appearance(1, { saidAt: "2021-03-05" }), appearance(2, { saidAt: "2021-03-01", rests: [1] })]);
  const { placed } = laidOut(tree);
  assert.ok(placed[1].x > placed[0].x);
});

test("without dates the tree is indented, and there is no axis", () => {
  const layout = laidOut(model([appearance(1), appearance(2, { rests: [1] }), appearance(3, { rests: [2] })]));
  assert.equal(layout.axis, null);
  const steps = layout.placed.map(({ x }) => x);
  assert.equal(steps[2] - steps[1], steps[1] - steps[0]);
});

test("a phone's list indents, takes the whole width, and stops indenting", () => {
  const deep = model(
    Array.from({ length: 30 }, (_, place) =>
      appearance(place + 1, { saidAt: "2021-03-01", rests: place ? [place] : [] }),
    ),
  );
  const { placed, axis } = laidOut(deep, { ...FRAME, width: 358, isList: true });
  assert.equal(axis, null);
  assert.ok(placed.every(({ left, width }) => left + width === 358));
  assert.equal(placed[29].left, placed[9].left);
});

test("the main bottleneck is taller, and the rest of one height", () => {
  const tree = model([appearance(1), appearance(2, { rests: [1] }), appearance(3, { rests: [2] })], {
    bottlenecks: [{ id: 2, dependents: 1 }],
  });
  assert.deepEqual(
    laidOut(tree).placed.map(({ height }) => height),
    [24, 46, 24],
  );
});

test("lines of one style are one path, whatever their number", () => {
  const drawn = strokes(BUSHY, laidOut(BUSHY)).strokes.map(({ style }) => style);
  assert.deepEqual(drawn.sort(), ["answers deny", "carries"]);
});

test("an assertion's line is heavy, a suggestion's dotted, a second parent's thin", () => {
  const tree = model([
    appearance(1, { saidAt: "2021-03-01" }),
    appearance(2, { saidAt: "2021-03-02", rests: [1], certainty: "asserted" }),
    appearance(3, { saidAt: "2021-03-03", rests: [2, 1] }),
    appearance(4, { saidAt: "2021-03-03", rests: [{ origin: 1, suggested: true }] }),
  ]);
  const drawn = strokes(tree, laidOut(tree)).strokes.map(({ style }) => style);
  assert.deepEqual(drawn.sort(), ["carries", "extra", "heavy", "suggested"]);
});

test("the lit chain is drawn last, with a verb where there is room", () => {
  const tree = model([
    appearance(1, { saidAt: "2021-03-01" }),
    appearance(2, { saidAt: "2021-03-09", rests: [1] }),
    appearance(3, { saidAt: "2021-03-09", rests: [1] }),
  ]);
  const { strokes: drawn, verbs } = strokes(tree, laidOut(tree), { lit: tree.chain(2).derivations });
  assert.deepEqual(
    drawn.map(({ style }) => style),
    ["carries", "carries lit"],
  );
  assert.deepEqual(
    verbs.map(({ derivation }) => derivation.derived),
    [2],
  );
});

test("what is later has no line", () => {
  const tree = model([appearance(1, { saidAt: "2021-03-01" }), appearance(2, { saidAt: "2021-03-09", rests: [1] })]);
  assert.deepEqual(strokes(tree, laidOut(tree), { isLater: (id) => id === 2 }).strokes, []);
});

test("only lines in view are drawn", () => {
  const star = model([
    appearance(1),
    ...Array.from({ length: 50 }, (_, place) => appearance(place + 2, { rests: [1] })),
  ]);
  const { placed } = laidOut(star);
  const whole = strokes(star, { placed }).strokes[0];
  const part = strokes(star, { placed }, {}, { top: 600, bottom: 700 }).strokes[0];
  assert.equal(whole.tip.split("Z").length - 1, 50);
  assert.equal(part.tip.split("Z").length - 1, 4);
  assert.ok(Number(/M[\d.]+ ([\d.]+)V/.exec(part.line)?.[1]) > 500, "the trunk begins where the view does");
});
