// @ts-check
// The counts of a moment: what the server counts of now, counted here of any time in the dates loaded. Pure.

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./types.js").Appearance} Appearance */

/**
 * How many reports, denials and established origins there were, and how many undated ones are not shown. Origins are null
 * where this page cannot know them: which of them count as one may rest on the texts, and those are not here.
 * @param {Model} model
 * @param {number | null} moment Null is now.
 * @returns {{reports: number, denials: number, established: number | null, unshown: number}}
 */
export function countsAt(model, moment) {
  const { appearances } = model.claim;
  const there = appearances.filter(({ id, published }) => published && !model.isLater(id, moment));
  return {
    reports: there.filter(({ stance }) => stance === "support").length,
    denials: there.filter(({ stance }) => stance === "deny").length,
    established: moment === null ? model.claim.established : establishedAt(model, moment),
    unshown: moment === null ? 0 : appearances.filter(({ id }) => model.at(id) === null).length,
  };
}

/** @param {Model} model @param {number} moment */
function establishedAt(model, moment) {
  const isCountable = openlyEstablished(model, null) === model.claim.established;
  return isCountable ? openlyEstablished(model, moment) : null;
}

/**
 * How many established origins there are, joined by publisher and claimant alone.
 * @param {Model} model
 * @param {number | null} moment
 */
function openlyEstablished(model, moment) {
  const unresolved = new Set(model.claim.unresolved);
  const side = supportingSide(model, moment);
  const roots = [...side].filter((id) => model.upstream(id).every((origin) => !side.has(origin)));
  const origins = joined(roots.flatMap((id) => model.byId.get(id) ?? []));
  return new Set([...origins].filter(([root]) => !unresolved.has(root.id)).map(([, origin]) => origin)).size;
}

/**
 * Supporters and all that is upstream of them; a denial only if something of another stance is upstream of it.
 * @param {Model} model
 * @param {number | null} moment
 */
function supportingSide(model, moment) {
  const { appearances } = model.claim;
  /** @type {Set<number>} */ const reached = new Set();
  /** @type {Set<number>} */ const leading = new Set();
  for (const { id, stance } of appearances) {
    if (model.isLater(id, moment)) continue;
    if (stance !== "deny" || model.upstream(id).some((origin) => leading.has(origin))) leading.add(id);
  }
  for (const { id, stance, published } of [...appearances].reverse()) {
    if (!leading.has(id) || !published || !(stance === "support" || reached.has(id))) continue;
    reached.add(id);
    for (const origin of model.upstream(id)) if (leading.has(origin)) reached.add(origin);
  }
  return reached;
}

/** The last answer of each model: a drawing asks for it again and again. @type {WeakMap<Model, {key: string, dependence: Dependence}>} */
const answered = new WeakMap();

/** @typedef {{dependents: number, others: number}} Dependence */

/**
 * How many of the other reports of a moment have every chain through this one, and how many others there are.
 * @param {Model} model
 * @param {number} id
 * @param {number | null} moment
 * @returns {Dependence}
 */
export function dependenceOn(model, id, moment) {
  const key = `${id} ${moment}`;
  const last = answered.get(model);
  if (last?.key === key) return last.dependence;
  const dependence = countDependents(model, id, moment);
  answered.set(model, { key, dependence });
  return dependence;
}

/** @param {Model} model @param {number} id @param {number | null} moment */
function countDependents(model, id, moment) {
  const side = supportingSide(model, moment);
  /** @type {Set<number>} */ const free = new Set();
  let [dependents, others] = [0, 0];
  for (const appearance of model.claim.appearances) {
    if (!side.has(appearance.id) || appearance.id === id) continue;
    const origins = model.upstream(appearance.id).filter((origin) => side.has(origin));
    const isFree = origins.length === 0 || origins.some((origin) => free.has(origin));
    if (isFree) free.add(appearance.id);
    if (appearance.stance !== "support") continue;
    others += 1;
    if (!isFree) dependents += 1;
  }
  return { dependents, others };
}

/**
 * Roots by the origin that they count as: those that share a publisher or a named claimant are one.
 * @param {Appearance[]} roots
 * @returns {Map<Appearance, number>} By root, the place of the first root of its origin.
 */
function joined(roots) {
  const leader = roots.map((_, place) => place);
  /** @param {number} place @returns {number} */
  const find = (place) => (leader[place] === place ? place : (leader[place] = find(leader[place])));
  /** @type {Map<number, number>} */
  const firstWith = new Map();
  for (const [place, root] of roots.entries()) {
    for (const agent of [root.source.publisher, root.claimant]) {
      if (!agent) continue;
      const first = firstWith.get(agent.id) ?? place;
      firstWith.set(agent.id, first);
      leader[find(place)] = find(first);
    }
  }
  return new Map(roots.map((root, place) => [root, find(place)]));
}
