// @ts-check
// Saving the tree as it is seen: as SVG, or as PNG where a canvas holds it.

import { element } from "./elements.js";

const SIDE = 16_384; // pixels; what canvases hold
const AREA = 64e6; // pixels
const FINEST = 2;
const COARSEST = 0.25; // below, nobody could read it
const KEPT = 60_000; // milliseconds; a browser may ask before it saves

/**
 * By how much a picture is scaled to become pixels.
 * @param {number} width In pixels, as drawn.
 * @param {number} height
 * @returns {number | null} Null if it would not be readable.
 */
export function scaleOf(width, height) {
  const scale = Math.min(FINEST, SIDE / width, SIDE / height, Math.sqrt(AREA / (width * height)));
  return scale < COARSEST ? null : scale;
}

export class Saving {
  /** @param {{slug: string, picture: () => SVGSVGElement}} parts `picture` draws what is to be saved. */
  constructor({ slug, picture }) {
    this.slug = slug;
    this.picture = picture;
    this.said = element("span", { role: "status" });
    const button = (/** @type {"svg" | "png"} */ kind) =>
      element("button", { type: "button", class: "step", onclick: () => this.#save(kind), text: `Save as ${kind.toUpperCase()}` });
    this.root = element("div", { class: "saving", role: "group", "aria-label": "Save the tree" }, button("svg"), button("png"), this.said);
  }

  /** @param {"svg" | "png"} kind */
  async #save(kind) {
    this.said.textContent = "";
    try {
      const picture = this.picture();
      const text = new XMLSerializer().serializeToString(picture);
      const [width, height] = [picture.width.baseVal.value, picture.height.baseVal.value];
      const scale = scaleOf(width, height);
      if (kind === "png" && scale === null) {
        this.said.textContent = "Too tall for a picture: save as SVG.";
        return;
      }
      const blob = kind === "svg" || scale === null ? new Blob([text], { type: "image/svg+xml" }) : await pixels(text, width * scale, height * scale);
      const name = `${this.slug}.${kind}`;
      hand(blob, name);
      this.said.textContent = `Saved as ${name}.`;
    } catch (error) {
      console.info("The picture could not be made:", error);
      this.said.textContent = kind === "png" ? "The picture could not be made: save as SVG." : "The picture could not be made.";
    }
  }
}

/** @param {string} text Of an SVG. @param {number} width @param {number} height @returns {Promise<Blob>} A PNG. */
async function pixels(text, width, height) {
  const image = new Image();
  // The page's policy lets no other address but this be an image.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = element("canvas", { width: Math.floor(width), height: Math.floor(height) });
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("no canvas of that size");
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no pixels"))), "image/png"));
}

/** @param {Blob} blob @param {string} name */
function hand(blob, name) {
  const href = URL.createObjectURL(blob);
  const link = element("a", { href, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(href), KEPT);
}
