// @ts-check
// All that the explorer reads: the public GraphQL, in few documents.

/** @typedef {import("./types.js").Agent} Agent */
/** @typedef {import("./types.js").Capture} Capture */
/** @typedef {import("./types.js").Claim} Claim */
/** @typedef {import("./types.js").Details} Details */
/** @typedef {import("./types.js").SideWithout} SideWithout */

/** Asks a document; throws what `Unanswered` says. @typedef {(document: string, variables: object) => Promise<any>} Ask */

/** The service cannot be reached, or does not answer as it should. */
export class Unanswered extends Error {}

const PATIENCE = 60_000; // milliseconds: the largest tree takes seconds
export const CAPTURES_AT_ONCE = 100; // as many sources as the service takes in one list

export const TREE = `
  query Tree($slug: String!, $knownAt: DateTime, $past: Boolean!) {
    claim(slug: $slug) {
      slug text revision
      provenance(includeSuggested: true, knownAt: $knownAt) {
        nodeCount
        nodes {
          databaseId id stance certainty quote saidAt language chainEnd published independentLines
          source { databaseId id url title publisher { databaseId name kind } }
          claimant { databaseId name kind }
          evidence { state reason snapshot { databaseId } }
          ... @include(if: $past) { vouchedWhy evidence { quote { exact start end } snapshot { id } } }
        }
        edges {
          databaseId kind basis state quote reason
          derived { databaseId } origin { databaseId } evidence { state }
        }
        roots { databaseId }
        independence(stance: SUPPORT) {
          establishedOriginCount
          bottlenecks { appearance { databaseId } dependentCount }
          unresolved { appearance { databaseId } }
        }
        findings { kind message appearances { databaseId } }
      }
    }
  }`;

const CAPTURE = "state outcome detail";

export const DETAILS = `
  query Details($id: ID!) {
    node(id: $id) {
      ... on Appearance {
        vouchedWhy
        evidence { quote { exact start end } snapshot { databaseId capturedAt sha256 size warcUrl text } }
        source {
          snapshots(first: 1) { totalCount edges { node { capturedAt } } }
          newestCapture { ${CAPTURE} }
        }
      }
    }
  }`;

export const CAPTURES = `
  query Captures($slug: String!, $ids: [ID!]!) {
    claim(slug: $slug) { revision }
    sourcesById(ids: $ids) { newestCapture { ${CAPTURE} } }
  }`;

export const WHAT_IF = `
  query WhatIf($slug: String!, $knownAt: DateTime, $remove: [ID!]!) {
    claim(slug: $slug) {
      provenance(includeSuggested: true, knownAt: $knownAt) {
        support: whatIf(remove: $remove) { ...Side }
        deny: whatIf(remove: $remove, stance: DENY) { ...Side }
      }
    }
  }
  fragment Side on WhatIf {
    removed { databaseId stance }
    leftWithoutOrigin { databaseId }
    before { ...Numbers }
    after { ...Numbers }
  }
  fragment Numbers on SideCounts { appearanceCount sourceCount independentOriginCount establishedOriginCount }`;

export const SNAPSHOT = `
  query Snapshot($id: ID!) { node(id: $id) { ... on Snapshot { databaseId capturedAt sha256 size warcUrl text } } }`;

/**
 * How a page asks: POST to the endpoint, no cookies.
 * @param {string} endpoint
 * @returns {Ask}
 */
export function asker(endpoint) {
  return async (document, variables) => {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ query: document, variables }),
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((error) => {
      throw new Unanswered(String(error));
    });
    const answer = await response.json().catch(() => null);
    if (!answer?.data) throw new Unanswered(answer?.errors?.[0]?.message ?? `HTTP ${response.status}`);
    return answer.data;
  };
}

/**
 * The claim with its whole tree; null if there is none to be seen.
 * @param {Ask} ask
 * @param {string} slug
 * @param {string} known As in the settings.
 * @returns {Promise<Claim | null>}
 */
export async function readClaim(ask, slug, known) {
  const { claim } = await ask(TREE, { slug, knownAt: known || null, past: known !== "" });
  return claim && claimOf(claim);
}

/**
 * What is read of one appearance when it is selected; null if it is gone.
 * @param {Ask} ask
 * @param {string} key
 * @returns {Promise<Details | null>}
 */
export async function readDetails(ask, key) {
  const { node } = await ask(DETAILS, { id: key });
  if (!node) return null;
  const { evidence, source } = node;
  const snapshot = evidence.snapshot;
  return {
    vouchedWhy: node.vouchedWhy,
    snapshots: source.snapshots.totalCount,
    quote: evidence.quote,
    snapshot: snapshot && { ...snapshot, id: snapshot.databaseId },
    newestAt: source.snapshots.edges[0]?.node.capturedAt ?? null,
    capture: newestCapture(source),
  };
}

/**
 * The same of an appearance as it was known then: its snapshot has not changed since.
 * @param {Ask} ask
 * @param {import("./types.js").Then} then
 * @returns {Promise<Details>}
 */
export async function readDetailsThen(ask, { vouchedWhy, quote, snapshot }) {
  const { node } = snapshot ? await ask(SNAPSHOT, { id: snapshot }) : { node: null };
  const seen = node && { ...node, id: node.databaseId };
  return { vouchedWhy, quote, snapshot: seen, snapshots: null, newestAt: null, capture: null };
}

/**
 * Both sides without these appearances; null if the claim is gone.
 * @param {Ask} ask
 * @param {string} slug
 * @param {string[]} keys
 * @param {string} known As in the settings.
 * @returns {Promise<{support: SideWithout, deny: SideWithout} | null>}
 */
export async function readWhatIf(ask, slug, keys, known) {
  const { claim } = await ask(WHAT_IF, { slug, knownAt: known || null, remove: keys });
  if (!claim) return null;
  const { support, deny } = claim.provenance;
  return { support: sideWithout(support, "SUPPORT"), deny: sideWithout(deny, "DENY") };
}

/** @param {any} side @param {string} stance @returns {SideWithout} */
function sideWithout({ removed, leftWithoutOrigin, before, after }, stance) {
  return {
    before: countsOf(before),
    after: countsOf(after),
    lost: leftWithoutOrigin.map(idOf),
    removed: removed.filter((/** @type {any} */ each) => each.stance === stance).length,
  };
}

/** @param {any} counts @returns {import("./types.js").Counts} */
const countsOf = (counts) => ({
  appearances: counts.appearanceCount,
  sources: counts.sourceCount,
  independent: counts.independentOriginCount,
  established: counts.establishedOriginCount,
});

/**
 * The newest captures of some sources, and the claim's revision: at most `CAPTURES_AT_ONCE` of them, the others are not in
 * the answer.
 * @param {Ask} ask
 * @param {string} slug
 * @param {string[]} keys
 * @returns {Promise<{revision: number | null, captures: Map<string, Capture | null>}>}
 */
export async function readCaptures(ask, slug, keys) {
  const asked = keys.slice(0, CAPTURES_AT_ONCE);
  const { claim, sourcesById } = await ask(CAPTURES, { slug, ids: asked });
  return {
    revision: claim?.revision ?? null,
    captures: new Map(asked.map((key, place) => [key, sourcesById[place] && newestCapture(sourcesById[place])])),
  };
}

/** @param {any} source @returns {Capture | null} */
function newestCapture(source) {
  const capture = source.newestCapture;
  if (!capture) return null;
  return { state: lower(capture.state), outcome: lower(capture.outcome), detail: capture.detail };
}

/** @param {any} claim @returns {Claim} */
function claimOf(claim) {
  const tree = claim.provenance;
  return {
    slug: claim.slug,
    text: claim.text,
    revision: claim.revision,
    total: tree.nodeCount,
    appearances: tree.nodes.map(appearanceOf),
    derivations: tree.edges.map(derivationOf),
    roots: tree.roots.map(idOf),
    established: tree.independence.establishedOriginCount,
    bottlenecks: tree.independence.bottlenecks.map((/** @type {any} */ found) => ({
      id: idOf(found.appearance),
      dependents: found.dependentCount,
    })),
    unresolved: tree.independence.unresolved.map((/** @type {any} */ found) => idOf(found.appearance)),
    findings: tree.findings.map((/** @type {any} */ found) => ({
      kind: lower(found.kind),
      message: found.message,
      about: found.appearances.map(idOf),
    })),
  };
}

/** @param {any} node @returns {import("./types.js").Appearance} */
function appearanceOf(node) {
  const source = {
    id: idOf(node.source),
    key: node.source.id,
    url: node.source.url,
    title: node.source.title,
    publisher: agentOf(node.source.publisher),
  };
  return {
    id: idOf(node),
    key: node.id,
    stance: lower(node.stance),
    certainty: lower(node.certainty),
    quote: node.quote,
    saidAt: node.saidAt,
    language: node.language,
    chainEnd: lower(node.chainEnd),
    published: node.published,
    lines: node.independentLines,
    source,
    claimant: agentOf(node.claimant),
    outlet: source.publisher?.name || source.title || source.url || `Source ${source.id}`,
    evidence: {
      state: lower(node.evidence.state),
      reason: node.evidence.reason,
      snapshot: node.evidence.snapshot && idOf(node.evidence.snapshot),
    },
    then: "vouchedWhy" in node ? thenOf(node) : null,
  };
}

/** @param {any} node @returns {import("./types.js").Then} */
const thenOf = ({ vouchedWhy, evidence }) => ({
  vouchedWhy,
  quote: evidence.quote,
  snapshot: evidence.snapshot && evidence.snapshot.id,
});

/** @param {any} edge @returns {import("./types.js").Derivation} */
function derivationOf(edge) {
  return {
    id: idOf(edge),
    derived: idOf(edge.derived),
    origin: idOf(edge.origin),
    kind: lower(edge.kind),
    basis: lower(edge.basis),
    suggested: edge.state === "SUGGESTED",
    quote: edge.quote,
    reason: edge.reason,
    evidence: lower(edge.evidence.state),
  };
}

/** @param {any} agent @returns {Agent | null} */
const agentOf = (agent) => agent && { id: idOf(agent), name: agent.name, kind: lower(agent.kind) };

/** @param {{databaseId: number}} object */
const idOf = (object) => object.databaseId;

/** @param {string | null} word @returns {any} */
const lower = (word) => word && word.toLowerCase();
