// @ts-check
/**
 * Gives the fields that are found by typing their names: select2 draws them without, so that who cannot see a page hears
 * of a box and nothing else.
 */

/** @param {Element} drawn What select2 drew behind its select. */
function label(drawn) {
  const select = drawn.previousElementSibling;
  if (!(select instanceof HTMLSelectElement)) return;
  const named = select.getAttribute("aria-label") ?? select.labels[0]?.textContent?.replace("*", "").trim() ?? "";
  const say = () => {
    const chosen = [...select.selectedOptions].map((option) => option.textContent?.trim()).filter(Boolean);
    const words = chosen.length ? `${named}: ${chosen.join(", ")}` : named;
    for (const part of drawn.querySelectorAll("[role=combobox], [role=textbox], [role=searchbox], input")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", words);
    }
  };
  say();
  new MutationObserver(say).observe(drawn, { childList: true, subtree: true });
}

/** @param {Node} added */
function look(added) {
  if (!(added instanceof Element)) return;
  const drawn = added.matches(".select2-container") ? [added] : [...added.querySelectorAll(".select2-container")];
  for (const each of drawn) label(each);
  // The list that opens has a line to type into.
  for (const line of added.querySelectorAll(".select2-search__field")) line.setAttribute("aria-label", "Search");
}

look(document.body);
new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(look))).observe(document.body, {
  childList: true,
  subtree: true,
});

export {};
