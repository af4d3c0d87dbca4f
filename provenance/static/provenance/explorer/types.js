// @ts-check
// The shapes that pass between the modules of the explorer. Nothing here runs.
export {};

/** @typedef {"support" | "deny" | "query" | "comment"} Stance */
/** @typedef {"hedged" | "attributed" | "asserted"} Certainty */
/** @typedef {"unanchored" | "anchored" | "ambiguous" | "changed" | "missing"} EvidenceState */
/** @typedef {"quotation" | "repetition" | "syndication" | "translation" | "citation" | "revision" | "response" | "correction"} Kind */

/**
 * @typedef {object} Agent
 * @property {number} id
 * @property {string} name
 * @property {string} kind In lower case, such as `news_agency`.
 */

/**
 * @typedef {object} Source
 * @property {number} id
 * @property {string} key What GraphQL's `node` takes.
 * @property {string | null} url
 * @property {string} title
 * @property {Agent | null} publisher
 */

/**
 * One appearance of the claim.
 * @typedef {object} Appearance
 * @property {number} id
 * @property {string} key What GraphQL's `node` takes.
 * @property {Stance} stance
 * @property {Certainty | null} certainty
 * @property {string} quote
 * @property {string} saidAt As stated; empty if unknown.
 * @property {string} language
 * @property {string | null} chainEnd
 * @property {boolean} published
 * @property {number | null} lines How many independent lines lead to it.
 * @property {Source} source
 * @property {Agent | null} claimant
 * @property {string} outlet What it is called on screen.
 * @property {{state: EvidenceState, reason: string, snapshot: number | null}} evidence
 * @property {Then | null} then Null for now: then what its panel shows is read when it is selected.
 */

/**
 * What is read with a past tree of each appearance: by its own id only what is known now can be had.
 * @typedef {object} Then
 * @property {string} vouchedWhy
 * @property {{exact: string, start: number, end: number} | null} quote
 * @property {string | null} snapshot What GraphQL's `node` takes.
 */

/**
 * One appearance rests on, or answers, another.
 * @typedef {object} Derivation
 * @property {number} id
 * @property {number} derived
 * @property {number} origin
 * @property {Kind} kind
 * @property {string | null} basis
 * @property {boolean} suggested
 * @property {string} quote The words that name the origin.
 * @property {string} reason
 * @property {EvidenceState} evidence
 */

/**
 * @typedef {object} Finding
 * @property {string} kind
 * @property {string} message
 * @property {number[]} about What it leads to stands last.
 */

/**
 * A claim as GraphQL told it.
 * @typedef {object} Claim
 * @property {string} slug
 * @property {string} text
 * @property {number} revision
 * @property {number} total How many appearances there are, listed or not.
 * @property {Appearance[]} appearances Origins before what rests on them.
 * @property {Derivation[]} derivations
 * @property {number[]} roots
 * @property {number} established Established origins of the supporting side.
 * @property {{id: number, dependents: number}[]} bottlenecks Largest first.
 * @property {number[]} unresolved Roots that are not established.
 * @property {Finding[]} findings
 */

/**
 * The newest capture of a source.
 * @typedef {object} Capture
 * @property {"queued" | "running" | "waiting" | "done"} state
 * @property {"captured" | "captured_truncated" | "refused" | "failed" | null} outcome
 * @property {string} detail A sentence; empty while there is nothing to explain.
 */

/**
 * What is read of the selected appearance alone.
 * @typedef {object} Details
 * @property {string} vouchedWhy
 * @property {number | null} snapshots How many there are of its source; null if that is not what is asked.
 * @property {{exact: string, start: number, end: number} | null} quote
 * @property {SnapshotFacts | null} snapshot
 * @property {string | null} newestAt When the newest snapshot of its source was taken.
 * @property {Capture | null} capture
 */

/**
 * @typedef {object} SnapshotFacts
 * @property {number} id
 * @property {string} capturedAt
 * @property {string} sha256
 * @property {number} size In bytes.
 * @property {string} warcUrl
 * @property {string | null} text
 */

/**
 * One line of the tree: an appearance, or some of them folded into one.
 * @typedef {object} Row
 * @property {string} key Stable from one drawing to the next.
 * @property {"one" | "copies" | "more"} kind
 * @property {Appearance} appearance The first of those folded.
 * @property {Appearance[]} members All that stand in this row.
 * @property {number} hidden How many appearances below it are folded away.
 * @property {boolean | null} expanded Null where there is nothing to fold.
 * @property {number} depth From 0.
 * @property {number} lane Index of `LANES`.
 * @property {number} parent Index of the row above it in the tree, -1 at the top.
 * @property {number} place Among its siblings, from 1.
 * @property {number} siblings
 */

/**
 * A row with its geometry in pixels.
 * @typedef {object} Placed
 * @property {Row} row
 * @property {number} x Where its trunk stands.
 * @property {number} y The middle of its card.
 * @property {number} left Of the card.
 * @property {number} width Of the card, at most.
 * @property {number} height Of the card.
 * @property {boolean} opensLane Whether it is the first of its lane.
 * @property {boolean} hasNote Whether there is room for what stands beside the card.
 */

/**
 * What the reader set.
 * @typedef {object} Settings
 * @property {number | null} selected
 * @property {"tree" | "table"} view
 * @property {Set<Stance>} without Stances that are filtered away.
 * @property {Set<number>} removed Appearances taken out in thought.
 * @property {string} kind Of derivation; empty for all.
 * @property {string} finding The one that is lit, as `kind-place`; empty for none.
 * @property {string} find Words that are looked for; empty for none.
 * @property {number | null} moment Milliseconds since 1970; null for now.
 * @property {string} known The instant, in UTC, up to which what was recorded is drawn; empty for now.
 * @property {{column: string, descending: boolean}} sort
 * @property {number} page Of the table, from 1.
 */

/**
 * How many there are of each on one side.
 * @typedef {object} Counts
 * @property {number} appearances
 * @property {number} sources
 * @property {number} independent
 * @property {number} established
 */

/**
 * One side of a claim, and what it is without some appearances.
 * @typedef {object} SideWithout
 * @property {Counts} before
 * @property {Counts} after What still has an origin.
 * @property {number[]} lost Those that are left without an origin.
 * @property {number} removed How many appearances of the side itself are taken out.
 */

/**
 * The tree without some appearances.
 * @typedef {object} Supposed
 * @property {Set<number>} removed
 * @property {Set<number>} lost Of both sides; empty while they are not known.
 * @property {{support: SideWithout, deny: SideWithout} | null} sides Null while they are not known.
 */
