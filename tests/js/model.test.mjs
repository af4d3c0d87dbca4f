import assert from "node:assert/strict";
import { test } from "node:test";

import { ANSWERS, CARRIES, SUGGESTED } from "../../provenance/static/provenance/explorer/model.js";
import { atFirst } from "../../provenance/static/provenance/explorer/address.js";
import { appearance, model } from "./claims.mjs";

test("what rests on an answer answers too, and a suggestion has a lane of its own", () => {
  const tree = model([
    appearance(1),
    appearance(2, { rests: [1] }),
    appearance(3, { stance: "deny", rests: [{ origin: 2, kind: "response" }] }),
    appearance(4, { stance: "deny", rests: [{ origin: 3, kind: "quotation" }] }),
    appearance(5, { rests: [{ origin: 1, suggested: true }] }),
    appearance(6, { stance: "deny" }),
  ]);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((id) => tree.lane(id)),
    [CARRIES, CARRIES, ANSWERS, ANSWERS, SUGGESTED, ANSWERS],
  );
  assert.equal(tree.above(3), null, "it answers something of another lane");
  assert.equal(tree.above(4), 3);
});

test("an appearance hangs on what carries it before what it answers", () => {
  const tree = model([
    appearance(1),
    appearance(2),
    appearance(3, {
      rests: [
        { origin: 1, kind: "response" },
        { origin: 2, kind: "citation" },
      ],
    }),
  ]);
  assert.equal(tree.primary(3)?.origin, 2);
});

test("a chain goes up all that is confirmed, through answers, and not up suggestions", () => {
  const tree = model([
    appearance(1),
    appearance(2),
    appearance(3, { rests: [1, 2] }),
    appearance(4, { stance: "deny", rests: [{ origin: 3, kind: "response" }] }),
    appearance(5, { rests: [{ origin: 1, suggested: true }] }),
  ]);
  assert.deepEqual([...tree.chain(4).ids].sort(), [1, 2, 3, 4]);
  assert.equal(tree.chain(4).derivations.size, 3);
  assert.deepEqual([...tree.chain(5).ids], [5]);
  assert.deepEqual(
    tree.fromOrigin(tree.chain(3).ids).map(({ id }) => id),
    [1, 2, 3],
  );
  assert.equal(tree.chain(null).ids.size, 0);
});

test("filters leave out a stance, and what has no derivation of a kind", () => {
  const tree = model([
    appearance(1),
    appearance(2, { rests: [{ origin: 1, kind: "citation" }] }),
    appearance(3, { stance: "deny" }),
  ]);
  const left = (settings) =>
    tree.claim.appearances.filter((each) => !tree.isFiltered(each, { ...atFirst(), ...settings })).map(({ id }) => id);
  assert.deepEqual(left({ without: new Set(["deny"]) }), [1, 2]);
  assert.deepEqual(left({ kind: "citation" }), [2]);
  assert.deepEqual(left({}), [1, 2, 3]);
});

test("time orders, undated ones come last, and equal ones as they rest on each other", () => {
  const tree = model([
    appearance(1),
    appearance(2, { saidAt: "2021-03-02" }),
    appearance(3, { saidAt: "2021-03-01" }),
    appearance(4, { saidAt: "2021-03-02", rests: [2] }),
  ]);
  assert.deepEqual(
    tree.inTime(tree.claim.appearances).map(({ id }) => id),
    [3, 2, 4, 1],
  );
});

test("the bottleneck worth telling is the largest that is no origin", () => {
  const tree = model([appearance(1), appearance(2, { rests: [1] }), appearance(3, { rests: [2] })], {
    bottlenecks: [
      { id: 1, dependents: 2 },
      { id: 2, dependents: 1 },
    ],
  });
  assert.equal(tree.bottleneck, 2);
});

test("a chain of ten thousand is walked without running out of stack", () => {
  const long = Array.from({ length: 10_000 }, (_, place) => appearance(place + 1, { rests: place ? [place] : [] }));
  const tree = model(long);
  assert.equal(tree.chain(10_000).ids.size, 10_000);
});
