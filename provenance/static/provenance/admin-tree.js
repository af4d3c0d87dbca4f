// @ts-check
// The explorer's drawing on a claim's page in the admin: drafts too, as whoever is logged in sees them.

import { Unanswered } from "./explorer/data.js";
import { mount } from "./explorer/explorer.js";

const place = document.querySelector("[data-tree]");

/** The colours follow the admin's own switch. */
function follow() {
  const { classList, dataset } = document.documentElement;
  dataset.theme = classList.contains("dark") ? "dark" : "light";
}

/**
 * How this page asks: as its account, with the token of its form.
 * @param {string} endpoint
 * @returns {import("./explorer/data.js").Ask}
 */
function asAccount(endpoint) {
  return async (query, variables) => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    const answer = await fetch(endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": token instanceof HTMLInputElement ? token.value : "",
      },
      body: JSON.stringify({ query, variables }),
    }).catch((error) => {
      throw new Unanswered(String(error));
    });
    const said = await answer.json().catch(() => null);
    if (!said?.data) throw new Unanswered(said?.errors?.[0]?.message ?? `HTTP ${answer.status}`);
    return said.data;
  };
}

if (place instanceof HTMLElement && place.dataset.tree && place.dataset.asks) {
  follow();
  new MutationObserver(follow).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  mount(place, { slug: place.dataset.tree, ask: asAccount(place.dataset.asks), address: false });
}
