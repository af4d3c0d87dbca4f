// @ts-check
// The explorer on the page of its claim.

import { mount } from "./explorer.js";
import { Strip } from "./strip.js";

const root = document.querySelector("[data-explorer]");
const header = document.querySelector("[data-revision]");
const strip = new Strip(header);

/**
 * The numbers above the tree are sentences of the server's; when they are of an older revision, they are fetched anew.
 * @param {number} revision
 */
async function renew(revision) {
  if (!(header instanceof HTMLElement) || Number(header.dataset.revision) >= revision) return;
  const answer = await fetch(location.pathname, { credentials: "omit" }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const renewed = page.querySelector("[data-revision]");
  if (!(renewed instanceof HTMLElement)) return;
  header.dataset.revision = renewed.dataset.revision;
  header.replaceChildren(...renewed.childNodes);
  strip.repaint();
}

if (root instanceof HTMLElement && root.dataset.explorer) {
  const fallback = root.querySelector("[data-fallback]");
  mount(root, {
    slug: root.dataset.explorer,
    fallback: fallback instanceof HTMLElement ? fallback : null,
    onRevision: (revision) => void renew(revision),
    onSupposed: (supposed) => strip.paint(supposed),
  });
}
