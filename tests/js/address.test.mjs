import assert from "node:assert/strict";
import { test } from "node:test";

import { atFirst, readAddress, writeAddress } from "../../provenance/static/provenance/explorer/address.js";
import { zoneOf } from "../../provenance/static/provenance/explorer/dates.js";

const UTC = zoneOf([]);

test("what is set is kept, and what is as at first is not said", () => {
  assert.equal(writeAddress(atFirst(), UTC), "");
  const settings = {
    ...atFirst(),
    selected: 12,
    view: "table",
    without: new Set(["deny", "query"]),
    removed: new Set([7, 9]),
    kind: "citation",
    moment: Date.parse("2021-03-01T13:00Z"),
    sort: { column: "outlet", descending: true },
    page: 3,
  };
  const address = writeAddress(settings, UTC);
  assert.equal(
    address,
    "#sel=12&view=table&hide=deny,query&out=7,9&kind=citation&asof=2021-03-01T13:00&sort=outlet-down&page=3",
  );
  assert.deepEqual(readAddress(address, UTC), settings);
});

test("a line of the page without scripts selects too", () => {
  assert.equal(readAddress("#a12", UTC).selected, 12);
});

test("what is not ours is as at first", () => {
  const hostile = "#sel=<b>&view=x&hide=deny,<script>,all&kind=%3Cimg&asof=never&page=-3&out=0,-1,1e3,<b>&__proto__=1";
  assert.deepEqual(readAddress(hostile, UTC), { ...atFirst(), without: new Set(["deny"]) });
});
