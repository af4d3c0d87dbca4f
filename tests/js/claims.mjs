// Claims for tests, as GraphQL would have told them: what a test does not say is unremarkable.

import { Model } from "../../provenance/static/provenance/explorer/model.js";

/** An appearance; `rests` are ids, or derivations with `origin`. */
export function appearance(id, facts = {}) {
  const { rests = [], publisher = id, ...own } = facts;
  return {
    id,
    key: `key-${id}`,
    stance: "support",
    certainty: null,
    quote: `The words of ${id}.`,
    saidAt: "",
    language: "en",
    chainEnd: null,
    published: true,
    lines: 1,
    source: {
      id,
      key: `source-${id}`,
      url: `https://paper${id}.example/`,
      title: `Story ${id}`,
      publisher: { id: publisher, name: `Paper ${publisher}`, kind: "newspaper" },
    },
    claimant: null,
    outlet: `Paper ${publisher}`,
    evidence: { state: "anchored", reason: "", snapshot: id },
    rests,
    ...own,
  };
}

/** A claim of appearances in topological order. */
export function claim(appearances, facts = {}) {
  const derivations = appearances.flatMap((each) =>
    each.rests.map((rest, place) => ({
      id: each.id * 100 + place,
      derived: each.id,
      kind: "repetition",
      basis: "read",
      suggested: false,
      quote: "",
      reason: "",
      evidence: "anchored",
      ...(typeof rest === "number" ? { origin: rest } : rest),
    })),
  );
  const rooted = appearances.filter(({ rests, stance }) => rests.length === 0 && stance !== "deny");
  return {
    slug: "claim",
    text: "It is so",
    revision: 1,
    total: appearances.length,
    appearances,
    derivations,
    roots: rooted.map(({ id }) => id),
    established: rooted.length,
    bottlenecks: [],
    unresolved: [],
    findings: [],
    ...facts,
  };
}

/** The model of such a claim. */
export const model = (appearances, facts) => new Model(claim(appearances, facts));
