// @ts-check
// Light or dark, as the reader chose; the system's preference until then. Loaded in the head without defer, so that a
// page never shows in the wrong colours first.
(() => {
  const root = document.documentElement;
  const kept = "theme";

  /** @returns {string | null} What the reader chose before; a browser may forbid to remember. */
  const remembered = () => {
    try {
      return localStorage.getItem(kept);
    } catch {
      return null;
    }
  };

  /** @param {string} theme */
  const remember = (theme) => {
    try {
      localStorage.setItem(kept, theme);
    } catch {
      // It then lasts as long as the page.
    }
  };

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;

  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      if (!(button instanceof HTMLButtonElement)) continue;
      const word = button.querySelector("[data-theme-word]");
      const say = () => {
        const other = isDark() ? "Light" : "Dark";
        if (word) word.textContent = other;
        button.setAttribute("aria-label", `Switch to ${other.toLowerCase()} colours`);
      };
      button.hidden = false;
      say();
      button.addEventListener("click", () => {
        root.dataset.theme = isDark() ? "light" : "dark";
        remember(root.dataset.theme);
        say();
      });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", say);
    }
  });
})();
