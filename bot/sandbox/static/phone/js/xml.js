// XML laid out to be read: indented and tinted, built as text nodes.

import { h } from "./dom.js";

const TOKEN = /<!\[CDATA\[([\s\S]*?)\]\]>|<[^<>]+>|[^<]+/g;

const mark = (text) => h("span", { class: "x-mark" }, text);
const words = (text) => h("span", { class: "x-text" }, text);

function tag(text) {
  const match = /^<(\/?)([^\s/>]+)([^>]*?)(\/?)>$/.exec(text);
  if (!match) return [mark(text)];
  const [, closing, name, rest, empty] = match;
  return [mark(`<${closing}`), h("span", { class: "x-name" }, name), rest ? h("span", { class: "x-attr" }, rest) : "", mark(`${empty}>`)];
}

/** Nodes for `source`, indented by depth; what is not XML comes back as it is. */
export function prettyXml(source) {
  const text = (source ?? "").trim();
  if (!text.startsWith("<")) return text ? [text] : [];
  const nodes = [];
  let depth = 0;
  let last = "";
  const newLine = () => { if (nodes.length) nodes.push(`\n${"  ".repeat(Math.max(0, depth))}`); };
  for (const [piece, cdata] of text.matchAll(TOKEN)) {
    if (cdata !== undefined) {
      nodes.push(mark("<![CDATA["), words(cdata), mark("]]>"));
      last = "text";
    } else if (piece.startsWith("</")) {
      depth -= 1;
      if (last === "close") newLine();
      nodes.push(...tag(piece));
      last = "close";
    } else if (piece.startsWith("<")) {
      newLine();
      nodes.push(...tag(piece));
      const alone = piece.endsWith("/>") || piece.startsWith("<?") || piece.startsWith("<!");
      if (!alone) depth += 1;
      last = alone ? "close" : "open";
    } else if (piece.trim()) {
      nodes.push(words(piece.trim()));
      last = "text";
    }
  }
  return nodes.filter((node) => node !== "");
}
