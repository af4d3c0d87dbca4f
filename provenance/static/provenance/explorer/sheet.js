// @ts-check
// On a phone the panel is a sheet over the page: it takes the focus, keeps it, and gives it back.

export class Sheet {
  /** @param {HTMLElement} panel @param {HTMLElement} first What takes the focus. */
  constructor(panel, first) {
    this.panel = panel;
    this.first = first;
  }

  /** @type {Element[]} */ #others = [];
  /** @type {(() => HTMLElement | null) | null} */ #giveBack = null;

  get isOpen() {
    return this.#giveBack !== null;
  }

  /** @param {() => HTMLElement | null} giveBack Whom the focus goes to in the end. */
  open(giveBack) {
    if (this.isOpen) return;
    this.#giveBack = giveBack;
    this.#others = [...beside(this.panel)].filter((other) => !other.hasAttribute("inert"));
    for (const other of this.#others) other.setAttribute("inert", "");
    this.panel.classList.add("open");
    this.panel.setAttribute("role", "dialog");
    this.panel.setAttribute("aria-modal", "true");
    this.panel.scrollTop = 0;
    this.first.focus();
  }

  close() {
    if (!this.#giveBack) return;
    const giveBack = this.#giveBack;
    this.#giveBack = null;
    for (const other of this.#others) other.removeAttribute("inert");
    this.panel.classList.remove("open");
    this.panel.removeAttribute("role");
    this.panel.removeAttribute("aria-modal");
    giveBack()?.focus({ preventScroll: true });
  }
}

/** All that stands beside an element or beside one it stands in. @param {Element} element */
function* beside(element) {
  for (let inside = element; inside !== document.body && inside.parentElement; inside = inside.parentElement) {
    for (const other of inside.parentElement.children) if (other !== inside) yield other;
  }
}
