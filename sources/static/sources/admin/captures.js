// @ts-check
/**
 * Says how captures are getting on, without a reload: asks about those on the page that are not done yet. Words alone
 * are exchanged, so that nothing that somebody is typing gets lost.
 */

const EVERY = 2000; // milliseconds

/** @typedef {{id: number, words: string, done: boolean}} Progress */

/** @returns {HTMLElement[]} */
const waiting = () => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-capture][data-done="no"]'))];

/** @param {Progress} progress */
function show({ id, words, done }) {
  for (const element of waiting()) {
    if (element.dataset.capture === String(id)) {
      element.textContent = words;
      element.dataset.done = done ? "yes" : "no";
    }
  }
}

/** Offer what the pages brought, once: a reload is the reader's to choose. */
function offer() {
  const note = document.createElement("p");
  note.setAttribute("role", "status");
  note.className = "font-medium p-3";
  const link = document.createElement("a");
  link.href = location.href;
  link.className = "text-link";
  link.textContent = "Show what was found";
  note.append("Every page on this list was looked at. ", link, ".");
  document.querySelector("[data-capture]")?.closest("fieldset, form, table")?.before(note);
}

async function ask() {
  const elements = waiting();
  const address = new URL(elements[0].dataset.askedAt ?? "", location.href);
  for (const element of elements) address.searchParams.append("id", element.dataset.capture ?? "");
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.ok) /** @type {{captures: Progress[]}} */ (await answer.json()).captures.forEach(show);
  } catch {
    // The server is away for a moment: what is shown stays, and is asked about again.
  }
  if (waiting().length) setTimeout(ask, EVERY);
  else offer();
}

if (waiting().length) setTimeout(ask, EVERY);

export {};
