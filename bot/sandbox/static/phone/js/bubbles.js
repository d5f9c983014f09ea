// One item of the conversation as the phone draws it.
//
// Every item has seq, at (ISO 8601), dir ("out" by the person, "in" to the person), kind, and perhaps exchange_id. Then:
//   text {text} · image {url} · voice {recognition, seconds?} · video {url} · location {lat, lng, label}
//   news {articles: [{title, description, url, picurl}]} · menu {menu: {head_content, list: [{id, content}], tail_content}}
//   template, subscribe {title, url, fields: [{label, value}] or data: {name: {value}}}
//   card {card: WeCom's template_card or textcard object, replace_name? once a button was pressed}
//   system {text} a grey line · error {text?} what the platform shows when the service failed
// An item sent again with a known seq takes the place of the one before (a card whose button was pressed).

import { accountAvatar, personAvatar } from "./avatars.js";
import { card, news, template } from "./cards.js";
import { h, icon, safeImage, safeUrl } from "./dom.js";
import { richText } from "./richtext.js";
import { chatTime } from "./time.js";

const PAUSE_MS = 5 * 60_000;
const SERVICE_ERROR = "该公众号提供的服务出现故障，请稍后再试";

/** A time line belongs above `item` when five minutes passed since `previous`, or nothing came before. */
export function timeLine(item, previous) {
  const at = new Date(item.at);
  if (Number.isNaN(at.getTime())) return null;
  if (previous && Math.abs(at - new Date(previous.at)) < PAUSE_MS) return null;
  return h("div", { class: "time-line" }, h("time", { datetime: item.at }, chatTime(at)));
}

function textBubble(item, context) {
  return h("div", { class: "bubble" }, richText(item.text ?? "", context.actions));
}

function imageBubble(item, context) {
  const source = safeImage(item.url ?? item.pic_url);
  if (!source) return h("div", { class: "bubble" }, "［图片］");
  return h("button", {
    type: "button", class: "picture", "aria-label": "看大图", on: { click: () => context.actions.look(source) },
  }, h("img", { src: source, alt: item.dir === "out" ? "发出的照片" : "收到的图片", loading: "lazy" }));
}

function videoBubble(item) {
  const source = safeUrl(item.url);
  if (!source) return h("div", { class: "bubble" }, "［视频］");
  return h("video", { class: "picture", src: source, controls: true, preload: "metadata", "aria-label": "视频" });
}

function voiceBubble(item) {
  const words = item.recognition ?? item.text ?? "";
  const seconds = item.seconds || Math.min(60, Math.max(1, Math.round([...words].length / 4)));
  const wide = seconds > 20 ? "voice-long" : seconds > 6 ? "voice-mid" : "voice-short";
  return [
    h("div", { class: `bubble voice ${wide}` }, h("span", {}, `${seconds}″`), icon("ic-wave", "voice-wave")),
    h("div", { class: "voice-words" }, words || "（没有识别出文字）"),
  ];
}

function locationBubble(item) {
  const place = item.label || "位置";
  return h("div", { class: "place" },
    h("div", { class: "place-words" }, h("strong", {}, place),
      h("span", {}, `${Number(item.lat).toFixed(4)}, ${Number(item.lng).toFixed(4)}`)),
    h("div", { class: "place-map", "aria-hidden": "true" }, h("span", { class: "place-pin" }, icon("ic-pin"))));
}

function menuBubble(item, context) {
  const menu = item.menu ?? item.msgmenu ?? item;
  const options = menu.list ?? menu.options ?? [];
  const head = menu.head_content ?? item.text ?? "";
  return h("div", { class: "bubble menu-bubble" },
    head ? h("p", {}, richText(head, context.actions)) : null,
    options.map((option) => h("button", {
      type: "button", class: "text-link menu-option", "data-testid": "msgmenu-option",
      on: { click: () => context.actions.say(option.content, option.id ?? "") },
    }, option.content)),
    menu.tail_content ? h("p", {}, richText(menu.tail_content, context.actions)) : null);
}

function errorBubble(item, context) {
  return h("div", { class: "bubble bubble-error" }, icon("ic-close", "error-mark"),
    context.person.platform === "wecom" ? item.text || "应用暂时没有回应，请稍后再试" : item.text || SERVICE_ERROR);
}

const BUBBLES = {
  text: textBubble, image: imageBubble, video: videoBubble, shortvideo: videoBubble, voice: voiceBubble,
  location: locationBubble, menu: menuBubble, error: errorBubble,
};
const WIDE = { news, card, textcard: card, template, subscribe: template };

const systemLine = (item) => h("div", { class: "system-line" }, h("span", {}, item.text ?? ""));

/** The row for `item`. `context` has person, account, and actions (say, open, look, pick, pressCard). */
export function row(item, context) {
  const own = item.dir === "out";
  const data = { seq: String(item.seq), kind: item.kind, dir: item.dir };
  if (item.kind === "system" || (own && item.kind in WIDE)) {
    return h("div", { class: "row row-system", data, "data-testid": "item" }, systemLine(item));
  }
  if (item.kind in WIDE) {
    return pickable(h("div", { class: "row row-wide", data, "data-testid": "item" }, WIDE[item.kind](item, context)), item, context);
  }
  const draw = BUBBLES[item.kind] ?? textBubble;
  const who = own ? "我" : context.account.name || "安全哨";
  const avatar = h("span", { class: "avatar-box" }, own ? personAvatar(context.person) : accountAvatar());
  return pickable(
    h("div", { class: `row ${own ? "row-own" : "row-theirs"}`, data, "data-testid": "item" }, avatar,
      h("div", { class: "row-body" }, h("span", { class: "sr-only" }, `${who}：`), draw(item, context))),
    item, context);
}

/** A click on the row shows its exchange in the inspector; links and buttons inside keep their own work. */
function pickable(element, item, context) {
  if (item.exchange_id === undefined || item.exchange_id === null) return element;
  element.dataset.exchange = item.exchange_id;
  element.title = "点一下，在检查台看这条的报文";
  element.addEventListener("click", (event) => {
    if (!event.target.closest("a, button, video")) context.actions.pick(item.exchange_id);
  });
  return element;
}
