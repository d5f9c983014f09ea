// Text as a chat bubble shows it. Only <a href> with an allowed address becomes a link; all else stays text.

import { h, safeUrl } from "./dom.js";

const ANCHOR = /<a\s+([^<>]*)>([^<]*)<\/a>/gi;
const HREF = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)')/i;
const BARE = /https?:\/\/[^\s<>"'，。；！？、）】」》]+|(?<![\d-])(?:1[3-9]\d{9}|0\d{2,3}-\d{7,8}|400-?\d{3}-?\d{4})(?![\d-])/g;
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };

const decode = (text) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);

/** What a bizmsgmenu link would send: {text, id}; null when the address is something else. */
export function menuMessage(href) {
  const match = /^weixin:\/\/bizmsgmenu\?(.*)$/i.exec(href);
  if (!match) return null;
  const query = new URLSearchParams(match[1]);
  const text = query.get("msgmenucontent");
  return text ? { text, id: query.get("msgmenuid") || "" } : null;
}

function link(label, href, actions) {
  const menu = menuMessage(href);
  if (menu) {
    return h("button", {
      type: "button", class: "text-link", "data-testid": "msgmenu-link",
      on: { click: () => actions.say(menu.text, menu.id) },
    }, label);
  }
  if (/^tel:[\d+-]+$/.test(href)) return h("a", { class: "text-link", href }, label);
  const url = safeUrl(href);
  if (!url || href.startsWith("#")) return document.createTextNode(label);
  return h("a", {
    class: "text-link", href: url, rel: "noopener noreferrer", target: "_blank",
    on: { click: (event) => { event.preventDefault(); actions.open(url); } },
  }, label);
}

function plain(text, actions) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(BARE)) {
    nodes.push(text.slice(last, match.index));
    nodes.push(match[0].startsWith("http")
      ? link(match[0], match[0], actions)
      : h("a", { class: "text-link", href: `tel:${match[0]}` }, match[0]));
    last = match.index + match[0].length;
  }
  nodes.push(text.slice(last));
  return nodes.filter((node) => node !== "");
}

/** Nodes for `text`; `actions` has say(text, menuId) and open(url). */
export function richText(text, actions) {
  const nodes = [];
  let last = 0;
  for (const match of text.matchAll(ANCHOR)) {
    const href = HREF.exec(match[1]);
    if (!href) continue;
    nodes.push(...plain(text.slice(last, match.index), actions));
    nodes.push(link(decode(match[2]), decode(href[1] ?? href[2] ?? "").trim(), actions));
    last = match.index + match[0].length;
  }
  nodes.push(...plain(text.slice(last), actions));
  return nodes;
}
