// Full-width messages: pictures with text (news), template messages, WeCom cards.

import { accountAvatar } from "./avatars.js";
import { h, icon, safeImage, safeUrl } from "./dom.js";
import { richText } from "./richtext.js";

/** An element that opens `url` in the phone, or a plain one when there is nothing safe to open. */
function opener(className, url, context, ...children) {
  const safe = safeUrl(url);
  if (!safe) return h("div", { class: className }, ...children);
  return h("a", {
    class: className, href: safe, target: "_blank", rel: "noopener noreferrer",
    on: { click: (event) => { event.preventDefault(); context.actions.open(safe); } },
  }, ...children);
}

function cover(article, className) {
  const source = safeImage(article.picurl ?? article.pic_url ?? article.image);
  return source
    ? h("img", { class: className, src: source, alt: "", loading: "lazy" })
    : h("span", { class: `${className} cover-drawn`, "aria-hidden": "true" }, accountAvatar("cover-mark"));
}

export function news(item, context) {
  const articles = item.articles ?? [];
  const [first, ...rest] = articles;
  if (!first) return h("div", { class: "sheet-card" }, "［图文］");
  const single = rest.length === 0;
  return h("article", { class: "sheet-card news" },
    opener("news-first", first.url, context,
      h("div", { class: "news-cover" }, cover(first, "news-image"), single ? null : h("h3", { class: "news-over" }, first.title)),
      single ? h("h3", { class: "news-title" }, first.title) : null,
      single && first.description ? h("p", { class: "news-text" }, first.description) : null),
    rest.map((article) => opener("news-next", article.url, context, h("h4", {}, article.title), cover(article, "news-thumb"))));
}

/** Template fields as a list of {label, value}; the platform's own form is {name: {value}}. */
function templateFields(item) {
  if (Array.isArray(item.fields)) return item.fields.map((field) => ({ label: field.label ?? field.name ?? "", value: field.value ?? "" }));
  const data = item.data ?? {};
  return Object.entries(data).map(([name, field]) => ({ label: name, value: field?.value ?? String(field ?? "") }));
}

export function template(item, context) {
  const kind = item.kind === "subscribe" ? "订阅通知" : "服务通知";
  return opener("sheet-card template", item.url, context,
    h("header", { class: "card-source" }, accountAvatar("source-mark"), h("span", {}, context.account.name || "安全哨"), h("em", {}, kind)),
    h("h3", { class: "card-title" }, item.title ?? kind),
    h("dl", { class: "pairs" }, templateFields(item).map(({ label, value }) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))),
    safeUrl(item.url) ? h("footer", { class: "card-more" }, h("span", {}, "查看详情"), icon("ic-next", "more-mark")) : null);
}

function textCard(body, context) {
  return opener("sheet-card", body.url, context,
    h("h3", { class: "card-title" }, body.title ?? ""),
    h("p", { class: "card-text" }, plainDescription(body.description ?? "")),
    safeUrl(body.url) ? h("footer", { class: "card-more" }, h("span", {}, body.btntxt || "详情"), icon("ic-next", "more-mark")) : null);
}

/** A textcard's description may hold <div class="gray|normal|highlight">; keep the lines, drop the tags. */
function plainDescription(text) {
  return text.replace(/<br\s*\/?>/gi, "\n").replace(/<\/div>\s*/gi, "\n").replace(/<[^<>]*>/g, "").trim();
}

function pair(entry, context) {
  const value = entry.value ?? "";
  const shown = Number(entry.type) === 1 && safeUrl(entry.url)
    ? opener("text-link", entry.url, context, value || "打开") : value;
  return h("div", {}, h("dt", {}, entry.keyname ?? ""), h("dd", {}, shown));
}

const BUTTON_STYLE = { 1: "wecom-primary", 2: "wecom-plain", 3: "wecom-danger", 4: "wecom-quiet" };

function buttons(item, body, context) {
  const list = body.button_list ?? [];
  const done = item.replace_name ?? body.replace_name ?? body.button?.replace_name;
  if (done) return h("div", { class: "wecom-buttons" }, h("button", { type: "button", class: "wecom-done", disabled: true }, done));
  if (!list.length) return null;
  return h("div", { class: `wecom-buttons ${list.length === 2 ? "two" : ""}` }, list.map((button) => h("button", {
    type: "button", class: BUTTON_STYLE[button.style ?? 1] ?? "wecom-primary", data: { key: button.key ?? "" },
    "data-testid": "card-button", disabled: Boolean(item.disabled),
    on: {
      click: (event) => {
        if (Number(button.type) === 1 && safeUrl(button.url)) return context.actions.open(safeUrl(button.url));
        for (const other of event.currentTarget.parentElement.children) other.disabled = true;
        return context.actions.pressCard(item, body.task_id ?? item.task_id ?? "", button.key ?? "");
      },
    },
  }, button.text ?? "")));
}

/** A WeCom card: textcard, or template_card of type text_notice, news_notice or button_interaction. */
export function card(item, context) {
  const body = item.card ?? item.template_card ?? item;
  if (!body.card_type) return textCard(body.textcard ?? body, context);
  const action = body.card_action?.url ?? "";
  const source = body.source?.desc;
  const quote = body.quote_area;
  return h("article", { class: "sheet-card wecom-card", data: { task: body.task_id ?? "" }, "data-testid": "wecom-card" },
    source ? h("header", { class: "card-source" }, accountAvatar("source-mark"), h("span", {}, source)) : null,
    opener("card-main", action, context,
      body.card_image?.url ? cover({ picurl: body.card_image.url }, "news-image") : null,
      h("h3", { class: "card-title" }, body.main_title?.title ?? ""),
      body.main_title?.desc ? h("p", { class: "card-desc" }, body.main_title.desc) : null,
      body.emphasis_content?.title ? h("div", { class: "emphasis" }, h("strong", {}, body.emphasis_content.title), h("span", {}, body.emphasis_content.desc ?? "")) : null,
      quote?.quote_text || quote?.title ? h("blockquote", { class: "quote" }, quote.title ? h("strong", {}, quote.title) : null, quote.quote_text ?? "") : null,
      body.sub_title_text ? h("p", { class: "card-text" }, richText(body.sub_title_text, context.actions)) : null,
      body.horizontal_content_list?.length ? h("dl", { class: "pairs" }, body.horizontal_content_list.map((entry) => pair(entry, context))) : null),
    (body.jump_list ?? []).map((jump) => opener("card-more", jump.url, context, h("span", {}, jump.title ?? ""), icon("ic-next", "more-mark"))),
    buttons(item, body, context));
}
