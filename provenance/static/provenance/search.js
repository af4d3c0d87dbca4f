// @ts-check
// Results as you type, for every form with data-search: a combobox over the public GraphQL. Without this file, or when
// it cannot ask, the form is sent as it is and the server shows what it finds.

import { question, sentence } from "./asking.js";

const WAIT = 200; // milliseconds of silence before a question is asked

/** @typedef {import("./asking.js").Asking} Asking */
/** @typedef {{ slug: string, text: string, language: string }} Claim */
/** @typedef {{ totalCount: number, edges: { node: Claim }[] }} Found */

/**
 * @param {Asking} asking
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
async function ask(asking, signal) {
  const response = await fetch("/graphql/", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/graphql-response+json" },
    credentials: "omit",
    body: JSON.stringify({ query: asking.query, variables: { asked: asking.asked } }),
    signal,
  });
  const answer = await response.json();
  if (!answer.data) throw new Error("The search was refused.");
  return answer.data.found;
}

let lists = 0;

/** One search field with its list of results. */
class Search {
  /**
   * @param {HTMLFormElement} form
   * @param {HTMLInputElement} input
   */
  constructor(form, input) {
    this.input = input;
    this.list = document.createElement("div");
    this.list.id = `results-${(lists += 1)}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Claims found");
    // What is said stands twice: below the results for those who see them, and where it is read out for the others.
    this.note = document.createElement("p");
    this.note.setAttribute("aria-hidden", "true");
    this.said = document.createElement("p");
    this.said.className = "unseen";
    this.said.setAttribute("role", "status");
    this.panel = document.createElement("div");
    this.panel.className = "results";
    this.panel.hidden = true;
    this.panel.append(this.list, this.note);
    /** @type {HTMLElement[]} */
    this.options = [];
    this.active = -1;
    /** @type {AbortController | null} */
    this.asking = null;
    this.timer = 0;

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("aria-expanded", "false");
    (input.closest(".field") ?? form).append(this.panel);
    form.append(this.said);

    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("focus", () => this.open());
    form.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && form.contains(event.relatedTarget))) this.close();
    });
    // Before the field loses its focus, and with it the list its place.
    this.panel.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option instanceof HTMLElement) this.follow(option);
    });
  }

  typed() {
    clearTimeout(this.timer);
    this.asking?.abort();
    const asking = question(this.input.value);
    if (!asking) {
      this.show([], "");
      return;
    }
    this.timer = setTimeout(() => this.find(asking), WAIT);
  }

  /** @param {Asking} asking */
  async find(asking) {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const found = await ask(asking, signal);
      if (signal.aborted) return;
      this.show(found.edges.map((edge) => edge.node), sentence(found.totalCount, asking.isURL));
    } catch {
      if (!signal.aborted) this.show([], "Nothing can be shown while you type. Press Enter to search.");
    }
  }

  /**
   * @param {Claim[]} claims
   * @param {string} said
   */
  show(claims, said) {
    this.options = claims.map((claim, place) => this.option(claim, place));
    this.list.replaceChildren(...this.options);
    this.said.textContent = this.note.textContent = said;
    this.list.hidden = !this.options.length;
    this.choose(-1);
    if (said && this.input === document.activeElement) this.open();
    else this.close();
  }

  /**
   * @param {Claim} claim
   * @param {number} place
   */
  option(claim, place) {
    const option = document.createElement("div");
    option.id = `${this.list.id}-${place}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.slug = claim.slug;
    option.dir = "auto";
    if (claim.language) option.lang = claim.language;
    option.textContent = claim.text;
    return option;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const count = this.options.length;
    if (event.key === "Escape" && !this.panel.hidden) {
      this.close();
      event.preventDefault();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      this.open();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One place more than there are options: none chosen, so that Enter sends the form again.
      this.choose(((this.active + 1 + step + count + 1) % (count + 1)) - 1);
      event.preventDefault();
    } else if (event.key === "Enter" && !this.panel.hidden && this.active >= 0) {
      this.follow(this.options[this.active]);
      event.preventDefault();
    }
  }

  /** @param {number} place */
  choose(place) {
    this.active = place;
    this.options.forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    const option = this.options[place];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  /** @param {HTMLElement} option */
  follow(option) {
    location.assign(`/claims/${encodeURIComponent(option.dataset.slug ?? "")}/`);
  }

  open() {
    if (!this.note.textContent) return;
    this.panel.hidden = false;
    this.input.setAttribute("aria-expanded", String(this.options.length > 0));
  }

  close() {
    this.panel.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.choose(-1);
  }
}

for (const form of document.querySelectorAll("form[data-search]")) {
  const input = form.querySelector("input[name=search]");
  if (form instanceof HTMLFormElement && input instanceof HTMLInputElement) new Search(form, input);
}
