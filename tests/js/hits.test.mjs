import assert from "node:assert/strict";
import { test } from "node:test";

import { atFirst } from "../../provenance/static/provenance/explorer/address.js";
import { rowsOf } from "../../provenance/static/provenance/explorer/folding.js";
import { find, placed } from "../../provenance/static/provenance/explorer/hits.js";
import { appearance, model } from "./claims.mjs";

const asked = (words, facts = {}) => ({ ...atFirst(), find: words, ...facts });

test("every word must be there, in any order, case and accent", () => {
  const tree = model([
    appearance(1, { outlet: "Le Café du Monde", quote: "It MAY be so." }),
    appearance(2, { outlet: "Cafe", quote: "It is so." }),
    appearance(3, { claimant: { id: 9, name: "Ministère", kind: "person" } }),
  ]);
  const ids = (words) => [...find(tree, asked(words)).shown];
  assert.deepEqual(ids("cafe"), [1, 2]);
  assert.deepEqual(ids("may CAFÉ"), [1]);
  assert.deepEqual(ids("ministere"), [3]);
  assert.deepEqual(ids("paper3.example"), [3]);
  assert.deepEqual(ids("   "), []);
  assert.deepEqual(ids("(.*"), []);
});

test("what is filtered away or later is counted apart", () => {
  const tree = model([
    appearance(1, { saidAt: "2021-03-01" }),
    appearance(2, { saidAt: "2021-03-05", rests: [1] }),
    appearance(3, { saidAt: "2021-03-01", stance: "deny" }),
  ]);
  const moment = Date.parse("2021-03-02");
  const found = find(tree, asked("paper", { moment, without: new Set(["deny"]) }));
  assert.deepEqual([[...found.shown], found.hidden], [[1], 2]);
});

test("hits go from top to bottom, and those folded away are where they are folded", () => {
  const chain = Array.from({ length: 80 }, (_, place) =>
    appearance(place + 1, { saidAt: "2021-03-01", rests: place ? [place] : [] }),
  );
  const tree = model(chain);
  const rows = rowsOf(tree, { choices: new Map(), selected: null });
  assert.ok(rows.length < 10);
  const { order, within } = placed(tree, rows, new Set([70, 2, 80]));
  assert.deepEqual(order, [2, 70, 80]);
  assert.deepEqual([...within.values()], [2]);
});

test("ten thousand in one chain are found and placed at once", () => {
  const tree = model(
    Array.from({ length: 10_000 }, (_, place) => appearance(place + 1, { rests: place ? [place] : [] })),
  );
  const { shown } = find(tree, asked("paper"));
  const { order } = placed(tree, rowsOf(tree, { choices: new Map(), selected: null }), shown);
  assert.equal(order.length, 10_000);
});
