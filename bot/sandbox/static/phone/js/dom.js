// Building elements without ever parsing a string as HTML.

const SPRITE = new URL("../sprite.svg", import.meta.url).pathname;
const SVG_NS = "http://www.w3.org/2000/svg";

/**
 * Make an element. `props` may hold `class`, `on` (event name to handler), `data` (data-* values), and
 * any attribute; null, undefined and false values are left out. Children are nodes or text, nested or not.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    } else if (name === "data") {
      for (const [key, text] of Object.entries(value)) if (text !== undefined) element.dataset[key] = text;
    } else if (name === "value" || name === "checked" || name === "disabled" || name === "hidden") {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** One drawing of the sprite; decorative, so hidden from screen readers unless `label` is given. */
export function icon(name, className = "", label = "") {
  const svg = document.createElementNS(SVG_NS, "svg");
  if (className) svg.setAttribute("class", className);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const use = document.createElementNS(SVG_NS, "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);

export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return element;
}

/** An address the phone may open or load: http(s) or a path of this origin; otherwise "". */
export function safeUrl(value) {
  if (typeof value !== "string" || !value.trim()) return "";
  try {
    const url = new URL(value, location.origin);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : "";
  } catch {
    return "";
  }
}

/** A picture's address: as `safeUrl`, and pictures chosen on this device a moment ago. */
export function safeImage(value) {
  return typeof value === "string" && value.startsWith("blob:") ? value : safeUrl(value);
}
