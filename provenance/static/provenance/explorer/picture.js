// @ts-check
// The tree as one SVG that stands alone: what the page shows, copied with the few properties that matter.

import { shown, svg } from "./elements.js";

const MARGIN = 24; // pixels around the drawing
const FONT = "system-ui, sans-serif";
const LINES_AT_MOST = 3; // of the claim's text
const COPIED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "paint-order", "opacity"];
// Their paths and texts are all that the page draws; whatever else came to be there is left out.
const DRAWN = ["svg", "g", "path", "circle", "rect", "text"];
const GEOMETRY = ["d", "cx", "cy", "r", "x", "y", "width", "height", "viewBox"];
// XML has no way to write these.
const UNWRITABLE = /[\ufffe\uffff]|\p{Cs}/gu;

/** What stands above the drawing. @typedef {{claim: string, lines: string[]}} Heading */
/** @typedef {{x: number, y: number}} Origin Of the picture, on the page. */

/**
 * @param {HTMLElement} plot All of which is on the page.
 * @param {Heading} heading
 * @returns {SVGSVGElement} With its size in pixels as width and height.
 */
export function pictureOf(plot, heading) {
  return inLight(() => {
    const box = plot.getBoundingClientRect();
    const ink = getComputedStyle(plot).color;
    const width = Math.ceil(box.width) + 2 * MARGIN;
    const title = wrapped(written(heading.claim), box.width);
    const top = MARGIN + title.length * 26 + heading.lines.length * 18 + 14;
    const height = Math.ceil(top + box.height + MARGIN);
    const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT });
    const paper = getComputedStyle(plot).getPropertyValue("--paper").trim();
    picture.append(svg("title", { text: written(heading.claim) }), svg("rect", { width, height, fill: paper }));
    title.forEach((text, place) =>
      picture.append(svg("text", { x: MARGIN, y: MARGIN + 18 + place * 26, "font-size": 20, "font-weight": 600, fill: ink, text })),
    );
    heading.lines.forEach((text, place) =>
      picture.append(
        svg("text", { x: MARGIN, y: MARGIN + title.length * 26 + 12 + place * 18, "font-size": 13, fill: ink, text: written(text) }),
      ),
    );
    const into = svg("g");
    copy(plot, into, { x: box.left - MARGIN, y: box.top - top });
    picture.append(into);
    return picture;
  });
}

/** In light colours whatever the page's are; nobody sees it, for nothing is painted meanwhile. @template T @param {() => T} read */
function inLight(read) {
  const { dataset } = document.documentElement;
  const { theme } = dataset;
  dataset.theme = "light";
  try {
    return read();
  } finally {
    if (theme === undefined) delete dataset.theme;
    else dataset.theme = theme;
  }
}

/** @param {Element} from @param {SVGElement} into @param {Origin} origin */
function copy(from, into, origin) {
  const style = getComputedStyle(from);
  if (style.display === "none" || style.opacity === "0") return;
  if (from instanceof SVGSVGElement) return into.append(...drawing(from, origin));
  const group = style.opacity === "1" ? into : svg("g", { opacity: style.opacity });
  if (group !== into) into.append(group);
  if (style.visibility === "visible") group.append(...boxOf(from, style, origin));
  for (const child of from.childNodes) {
    if (child instanceof Element) copy(child, group, origin);
    else if (child instanceof Text && style.visibility === "visible") group.append(...wordsOf(child, from, style, origin));
  }
}

/** Surface and outline. @param {Element} from @param {CSSStyleDeclaration} style @param {Origin} origin */
function boxOf(from, style, origin) {
  const box = from.getBoundingClientRect();
  const border = parseFloat(style.borderTopWidth);
  const isHatched = style.backgroundImage !== "none";
  const isFilled = !isClear(style.backgroundColor) || isHatched;
  if (box.width === 0 || (!isFilled && (border === 0 || isClear(style.borderTopColor)))) return [];
  const [x, y] = [box.left - origin.x, box.top - origin.y];
  if (box.height <= border || (border > 0 && style.borderBottomWidth === "0px"))
    return [svg("path", { d: `M${x} ${y + border / 2}h${box.width}`, stroke: style.borderTopColor, "stroke-width": border })];
  const frame = { x: x + border / 2, y: y + border / 2, width: box.width - border, height: box.height - border, rx: parseFloat(style.borderTopLeftRadius) || 0 };
  const dashes = { dashed: "4 3", dotted: "1.5 2" }[style.borderTopStyle];
  const rect = svg("rect", {
    ...frame,
    fill: isHatched ? style.getPropertyValue("--sunk").trim() : isClear(style.backgroundColor) ? "none" : style.backgroundColor,
    stroke: border > 0 && !isClear(style.borderTopColor) ? style.borderTopColor : "none",
    "stroke-width": border,
    "stroke-dasharray": dashes,
  });
  if (!from.closest(".selected") || !from.classList.contains("card")) return [rect];
  const ring = getComputedStyle(from).getPropertyValue("--support").trim();
  return [svg("rect", { x: x - 3, y: y - 3, width: box.width + 6, height: box.height + 6, rx: 5, fill: "none", stroke: ring, "stroke-width": 2 }), rect];
}

/** @param {string} colour As computed. */
const isClear = (colour) => colour === "transparent" || /,\s*0\)$/.test(colour);

/** @param {Text} node @param {Element} holder @param {CSSStyleDeclaration} style @param {Origin} origin */
function wordsOf(node, holder, style, origin) {
  const text = written(node.data).trim();
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (!text || box.width === 0) return [];
  const room = style.overflowX === "hidden" ? holder.getBoundingClientRect().right - box.left : box.width;
  const kept = room < box.width - 1 ? `${[...text].slice(0, Math.max(1, Math.floor(([...text].length * room) / box.width) - 1)).join("")}…` : text;
  const size = parseFloat(style.fontSize);
  return [
    svg("text", {
      x: box.left - origin.x,
      y: box.top - origin.y + box.height / 2 + size * 0.35,
      // Other machines have other fonts: the words keep to the room they have here.
      textLength: Math.max(1, Math.min(room, box.width)).toFixed(1),
      lengthAdjust: "spacingAndGlyphs",
      "font-size": size,
      "font-weight": style.fontWeight,
      "text-decoration": style.textDecorationLine === "none" ? null : style.textDecorationLine,
      fill: style.color,
      text: kept,
    }),
  ];
}

/** Marks and lines, which are SVG already. @param {SVGSVGElement} from @param {Origin} origin */
function drawing(from, origin) {
  const box = from.getBoundingClientRect();
  const made = svgOf(from);
  if (!made) return [];
  for (const [name, value] of Object.entries({ x: box.left - origin.x, y: box.top - origin.y, width: box.width, height: box.height, overflow: "visible" }))
    made.setAttribute(name, String(value));
  return [made];
}

/** @param {Element} from @returns {SVGElement | null} */
function svgOf(from) {
  const tag = from.localName;
  const style = getComputedStyle(from);
  if (!DRAWN.includes(tag) || style.display === "none" || style.visibility !== "visible") return null;
  const made = svg(/** @type {"g"} */ (tag));
  for (const name of GEOMETRY) if (from.hasAttribute(name)) made.setAttribute(name, from.getAttribute(name) ?? "");
  for (const name of COPIED) made.setAttribute(name, style.getPropertyValue(name));
  if (tag === "text") {
    made.setAttribute("font-size", style.fontSize);
    made.textContent = written(from.textContent ?? "");
  }
  for (const child of from.children) {
    const copied = svgOf(child);
    if (copied) made.append(copied);
  }
  return made;
}

/** @param {string} text */
const written = (text) => shown(text).replace(UNWRITABLE, "\ufffd");

/** @param {string} text @param {number} room In pixels. @returns {string[]} */
function wrapped(text, room) {
  const ruler = document.createElement("canvas").getContext("2d");
  if (ruler) ruler.font = `600 20px ${FONT}`;
  const fits = (/** @type {string} */ words) => (ruler?.measureText(words).width ?? words.length * 11) <= room;
  /** @type {string[]} */ const lines = [];
  let line = "";
  for (const piece of text.split(/(?<=\s)/)) {
    if (line && !fits(line + piece)) {
      lines.push(line.trim());
      line = "";
    }
    line += piece;
    while (!fits(line) && line.length > 1) {
      let end = line.length - 1;
      while (end > 1 && !fits(line.slice(0, end))) end -= 1;
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
    if (lines.length > LINES_AT_MOST) break;
  }
  lines.push(line.trim());
  if (lines.length <= LINES_AT_MOST) return lines;
  return [...lines.slice(0, LINES_AT_MOST - 1), `${lines[LINES_AT_MOST - 1].slice(0, -2)}…`];
}
