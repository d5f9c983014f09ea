// What slides over the phone's screen: bottom sheets, full pages, pictures, and the small toast.

import { byId, fill, h, icon } from "./dom.js";

let closeCurrent = null;

/** Whether something lies over the chat. */
export const isOpen = () => closeCurrent !== null;

export function close() {
  if (closeCurrent) closeCurrent();
}

function show(element, focusOn) {
  close();
  const overlay = byId("overlay");
  const main = byId("screen-main");
  const before = document.activeElement;
  fill(overlay, element);
  overlay.classList.add("is-open");
  main.inert = true;
  const onKey = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  };
  document.addEventListener("keydown", onKey, true);
  closeCurrent = () => {
    closeCurrent = null;
    document.removeEventListener("keydown", onKey, true);
    overlay.classList.remove("is-open");
    overlay.replaceChildren();
    main.inert = false;
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
  (focusOn ?? element.querySelector("[autofocus], button, input, textarea, a"))?.focus({ preventScroll: true });
  return closeCurrent;
}

/** A bottom sheet with a title; `content` are its nodes. A press beside it closes it. */
export function sheet(title, content, { testid = "sheet", focus = null } = {}) {
  const shade = h("div", { class: "shade", on: { click: close } });
  const body = h("section", { class: "sheet", role: "dialog", "aria-modal": "true", "aria-label": title, "data-testid": testid },
    h("header", { class: "sheet-head" }, h("h2", {}, title),
      h("button", { type: "button", class: "icon-button", "aria-label": "关闭", on: { click: close } }, icon("ic-close"))),
    h("div", { class: "sheet-body" }, content));
  return show(h("div", { class: "sheet-wrap" }, shade, body), focus);
}

/** A page that covers the chat, with a way back. */
export function page(title, content, { testid = "page", className = "" } = {}) {
  const back = h("button", { type: "button", class: "nav-back", "aria-label": "返回", on: { click: close } }, icon("ic-back"));
  return show(h("section", { class: `page ${className}`, role: "dialog", "aria-modal": "true", "aria-label": title, "data-testid": testid },
    h("div", { class: "statusbar-space" }),
    h("header", { class: "navbar" }, back, h("div", { class: "nav-title" }, h("h2", {}, title)), h("span", { class: "nav-more" })),
    h("div", { class: "page-body" }, content)), back);
}

export function picture(source) {
  const button = h("button", { type: "button", class: "viewer", "aria-label": "关闭大图", on: { click: close } }, h("img", { src: source, alt: "大图" }));
  return show(button, button);
}

/** A page opened from the chat, as WeChat's own browser shows it; pages elsewhere are only named, never loaded. */
export function browser(url) {
  const local = new URL(url).origin === location.origin;
  const elsewhere = h("div", { class: "elsewhere" },
    h("p", {}, local ? "这个页面不让嵌在手机里显示。" : "这是外部网页，手机里不直接打开。"),
    h("p", { class: "elsewhere-url" }, url),
    h("a", { class: "weui-btn weui-btn_primary", href: url, target: "_blank", rel: "noopener noreferrer" }, "在新标签里打开"));
  if (!local) return page("网页", elsewhere, { testid: "browser", className: "browser" });
  const frame = h("iframe", { class: "browser-frame", src: url, title: "打开的网页", sandbox: "allow-scripts allow-forms allow-same-origin allow-popups" });
  frame.addEventListener("load", () => {
    // A page that refuses framing leaves a document that cannot be read.
    let readable = null;
    try { readable = frame.contentDocument; } catch { readable = null; }
    if (!readable) frame.replaceWith(elsewhere);
    else if (readable.title) frame.closest(".page").querySelector("h2").textContent = readable.title;
  });
  return page("网页", frame, { testid: "browser", className: "browser" });
}

let toastTimer = 0;

export function toast(text) {
  let element = byId("toast");
  if (!element) {
    element = h("div", { id: "toast", class: "toast", role: "status" });
  }
  (document.body.classList.contains("panel-open") ? byId("panel") : byId("screen")).append(element);
  element.textContent = text;
  element.classList.add("is-shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => element.classList.remove("is-shown"), 2600);
}
