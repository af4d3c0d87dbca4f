import assert from "node:assert/strict";
import { test } from "node:test";

import { countsAt, dependenceOn } from "../../provenance/static/provenance/explorer/counting.js";
import { appearance, model } from "./claims.mjs";

const at = (text) => Date.parse(text);

test("a moment counts what was said by then", () => {
  const tree = model([
    appearance(1, { saidAt: "2021-03-01T08:00:00Z" }),
    appearance(2, { saidAt: "2021-03-01T09:00:00Z", rests: [1] }),
    appearance(3, { saidAt: "2021-03-01T10:00:00Z" }),
    appearance(4, { saidAt: "2021-03-02", stance: "deny", rests: [{ origin: 1, kind: "response" }] }),
  ]);
  assert.deepEqual(countsAt(tree, at("2021-03-01T09:30:00Z")), { reports: 2, denials: 0, established: 1, unshown: 0 });
  assert.deepEqual(countsAt(tree, null), { reports: 3, denials: 1, established: 2, unshown: 0 });
  assert.equal(countsAt(tree, at("2021-03-01T07:00:00Z")).established, 0);
});

test("roots of one publisher are one origin, and one that is unresolved is none", () => {
  const dated = (id, hour, facts) => appearance(id, { saidAt: `2021-03-01T0${hour}:00:00Z`, ...facts });
  const tree = model([dated(1, 1, { publisher: 7 }), dated(2, 2, { publisher: 7 }), dated(3, 3), dated(4, 4)], {
    established: 2,
    unresolved: [3],
  });
  assert.deepEqual(
    [1, 2, 3, 4].map((hour) => countsAt(tree, at(`2021-03-01T0${hour}:30:00Z`)).established),
    [1, 1, 1, 2],
  );
});

test("origins of a moment stay unsaid where the texts may have joined them", () => {
  const tree = model([appearance(1, { saidAt: "2021-03-01" }), appearance(2, { saidAt: "2021-03-02" })], {
    established: 1,
  });
  assert.equal(countsAt(tree, at("2021-03-01T12:00:00Z")).established, null);
});

test("undated ones are of now alone, and a moment says how many it does not show", () => {
  const tree = model([appearance(1, { saidAt: "2021-03-01" }), appearance(2, { rests: [1] })]);
  assert.deepEqual(countsAt(tree, at("2021-03-05T00:00:00Z")), { reports: 1, denials: 0, established: 1, unshown: 1 });
  assert.equal(countsAt(tree, null).reports, 2);
});

test("a denial that quotes the study leads to it, a denial alone is no origin", () => {
  const quoting = model([
    appearance(1, { stance: "query" }),
    appearance(2, { stance: "deny", rests: [1] }),
    appearance(3, { rests: [2] }),
  ]);
  assert.deepEqual(dependenceOn(quoting, 2, null), { dependents: 1, others: 1 });
  const alone = model([
    appearance(1, { stance: "deny" }),
    appearance(2, { rests: [1] }),
    appearance(3, { rests: [2] }),
  ]);
  assert.equal(dependenceOn(alone, 1, null).dependents, 0);
});

test("what another chain reaches does not depend on one", () => {
  const tree = model([
    appearance(1),
    appearance(2, { rests: [1] }),
    appearance(3, { rests: [2] }),
    appearance(4, { rests: [2, 1] }),
  ]);
  const { dependents, others } = dependenceOn(tree, 2, null);
  assert.deepEqual([dependents, others], [1, 3]);
});

test("a chain of ten thousand is counted without running out of stack", () => {
  const long = Array.from({ length: 10_000 }, (_, place) => appearance(place + 1, { rests: place ? [place] : [] }));
  assert.equal(dependenceOn(model(long), 2, null).dependents, 9_998);
});
