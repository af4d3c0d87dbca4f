// @ts-check
// Puts a snippet into the clipboard. Where a browser forbids it, the lines are selected for the reader's own copying.

const snippet = document.querySelector("[data-copy-from]");
const button = document.querySelector("[data-copy]");
const said = document.querySelector("[data-copied]");

if (snippet && said && button instanceof HTMLButtonElement) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(snippet.textContent ?? "");
      said.textContent = "Copied.";
    } catch {
      getSelection()?.selectAllChildren(snippet);
      said.textContent = "Selected: press Ctrl+C or ⌘C to copy.";
    }
  });
}
