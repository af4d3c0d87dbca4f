import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../provenance/static/provenance/explorer/folding.js";
import { appearance, model } from "./claims.mjs";

const NOTHING = { choices: new Map(), selected: null };
const shown = (rows) => rows.map(({ kind, appearance: { id }, depth }) => `${kind} ${id} at ${depth}`);
const copy = (id, origin, facts = {}) =>
  appearance(id, { rests: [{ origin, kind: "syndication" }], quote: "One text.", ...facts });
const chainOf = (length, first = 1) =>
  Array.from({ length }, (_, place) => appearance(first + place, { rests: place ? [first + place - 1] : [] }));

test("rows come in pre-order, siblings in time, lanes one below the other", () => {
  const rows = rowsOf(
    model([
      appearance(1, { saidAt: "2021-03-01" }),
      appearance(2, { saidAt: "2021-03-04", rests: [1] }),
      appearance(3, { saidAt: "2021-03-02", rests: [1] }),
      appearance(4, { saidAt: "2021-03-05", rests: [3] }),
      appearance(5, { saidAt: "2021-03-03", stance: "deny", rests: [{ origin: 3, kind: "response" }] }),
      appearance(6, { saidAt: "2021-03-02", rests: [{ origin: 1, suggested: true }] }),
    ]),
    NOTHING,
  );
  assert.deepEqual(shown(rows), ["one 1 at 0", "one 3 at 1", "one 4 at 2", "one 2 at 1", "one 5 at 0", "one 6 at 0"]);
  assert.deepEqual(
    rows.map(({ lane }) => lane),
    [0, 0, 0, 0, 1, 2],
  );
  assert.deepEqual(
    rows.map(({ parent }) => parent),
    [-1, 0, 1, 0, -1, -1],
  );
  assert.deepEqual([rows[1].place, rows[3].place, rows[3].siblings], [1, 2, 2]);
});

test("three copies of one text are one row, two are not", () => {
  const three = rowsOf(model([appearance(1), copy(2, 1), copy(3, 1), copy(4, 1)]), NOTHING);
  assert.deepEqual(shown(three), ["one 1 at 0", "copies 2 at 1"]);
  assert.equal(three[1].members.length, 3);
  assert.equal(three[1].expanded, false);
  assert.equal(rowsOf(model([appearance(1), copy(2, 1), copy(3, 1)]), NOTHING).length, 3);
});

test("other words, another origin or followers of its own make no copy", () => {
  const rows = rowsOf(
    model([
      appearance(1),
      appearance(2),
      copy(3, 1),
      copy(4, 1),
      copy(5, 1, { quote: "Another." }),
      copy(6, 2),
      copy(7, 1),
      appearance(8, { rests: [7] }),
    ]),
    NOTHING,
  );
  assert.ok(rows.every(({ kind }) => kind === "one"));
});

test("copies open where the reader says so, or where one of them is selected", () => {
  const tree = model([appearance(1), copy(2, 1), copy(3, 1), copy(4, 1)]);
  const opened = rowsOf(tree, { choices: new Map([["copies-2", true]]), selected: null });
  assert.deepEqual(shown(opened), ["one 1 at 0", "copies 2 at 1", "one 2 at 2", "one 3 at 2", "one 4 at 2"]);
  assert.equal(rowsOf(tree, { choices: new Map(), selected: 3 }).length, 5);
  assert.equal(
    rowsOf(tree, { choices: new Map([["copies-2", false]]), selected: 3 }).length,
    2,
    "the reader's word is the last",
  );
});

test("up to sixty rows nothing deep is folded", () => {
  assert.equal(rowsOf(model(chainOf(60)), NOTHING).length, 60);
});

test("above that, what is below depth three is folded, and says how many follow", () => {
  const rows = rowsOf(model(chainOf(61)), NOTHING);
  assert.deepEqual(shown(rows), ["one 1 at 0", "one 2 at 1", "one 3 at 2", "one 4 at 3"]);
  assert.equal(rows[3].hidden, 57);
  assert.equal(rows[3].expanded, false);
});

test("the way to what is selected, jumps, came back or lost its words stays open", () => {
  const selected = rowsOf(model(chainOf(61)), { choices: new Map(), selected: 6 });
  assert.deepEqual(
    selected.map(({ appearance: { id } }) => id),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(selected[5].hidden, 55, "but not what follows it");
  for (const kind of ["certainty_jump", "stance_jump", "circular_reporting", "origin_retracted", "evidence"]) {
    const findings = [{ kind, message: "", about: [4, 5] }];
    assert.equal(rowsOf(model(chainOf(61), { findings }), NOTHING).length, 5, kind);
  }
  assert.equal(
    rowsOf(model(chainOf(61), { findings: [{ kind: "single_origin", message: "", about: [9] }] }), NOTHING).length,
    4,
  );
});

test("of many that nothing rests on, the later ones are one row", () => {
  const star = model([
    appearance(1),
    ...Array.from({ length: 99 }, (_, place) => appearance(place + 2, { rests: [1] })),
  ]);
  const rows = rowsOf(star, NOTHING);
  assert.equal(rows.length, 8);
  assert.equal(rows[7].kind, "more");
  assert.equal(rows[7].members.length, 93);
  assert.equal(rowsOf(star, { choices: new Map(), selected: 50 }).length, 8 + 93, "it opens for a selected one");
});

test("every appearance stands in one row or is counted as hidden", () => {
  const bushy = Array.from({ length: 500 }, (_, place) =>
    appearance(place + 1, { rests: place ? [Math.ceil(place / 3)] : [] }),
  );
  const rows = rowsOf(model(bushy), NOTHING);
  const counted = rows.reduce((sum, { kind, hidden }) => sum + (kind === "one" ? 1 + hidden : hidden), 0);
  assert.equal(counted, 500);
});

test("a chain of ten thousand opens without running out of stack", () => {
  const rows = rowsOf(model(chainOf(10_000)), { choices: new Map(), selected: 10_000 });
  assert.equal(rows.length, 10_000);
});
