// The bottom bar: the account's menu or the text field, changed over by the icon at its left, as in WeChat.

import { byId, fill, h, icon } from "./dom.js";
import { askLocation, askPhotos, askScan, askVoice } from "./compose.js";

const CAMERA = new Set(["pic_sysphoto", "pic_photo_or_album", "pic_weixin"]);
const SCAN = new Set(["scancode_push", "scancode_waitmsg"]);

const entriesOf = (menu) => (Array.isArray(menu) ? menu : menu?.button ?? menu?.buttons ?? []);
const childrenOf = (entry) => entry.sub_button?.list ?? entry.sub_button ?? entry.sub_buttons ?? [];

/** The bar for one person's chat; keeps its mode (menu, text or voice) and draft between drawings. */
export class Bar {
  constructor(actions) {
    this.actions = actions;
    this.element = byId("bar");
    this.modes = new Map();
    this.drafts = new Map();
    this.person = null;
    this.entries = [];
    this.drawn = "";
    document.addEventListener("click", (event) => { if (!event.target.closest(".menu-slot")) this.closePopup(); });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.escape(event); });
  }

  /** Show the bar for `person` with the account's `menu`; drawn anew only when something changed. */
  update(person, menu) {
    this.entries = entriesOf(menu);
    const signature = JSON.stringify([person?.id, person?.following, this.entries]);
    if (signature === this.drawn) return;
    this.drawn = signature;
    this.person = person;
    this.draw();
  }

  mode() {
    return this.modes.get(this.person.id) ?? (this.entries.length ? "menu" : "text");
  }

  change(mode, focusTestid) {
    this.modes.set(this.person.id, mode);
    this.draw();
    this.element.querySelector(`[data-testid="${focusTestid}"]`)?.focus();
  }

  draw() {
    this.panel = null;
    if (!this.person) return fill(this.element);
    if (this.person.following === false) {
      return fill(this.element, h("button", { type: "button", class: "follow-bar", "data-testid": "follow", on: { click: () => this.actions.follow() } }, "关注公众号"));
    }
    return fill(this.element, this.mode() === "menu" && this.entries.length ? this.menuRow() : this.inputRow());
  }

  menuRow() {
    return h("div", { class: "bar-row menu-row" },
      h("button", { type: "button", class: "bar-toggle", "aria-label": "切换到文字输入", "data-testid": "to-keyboard", on: { click: () => this.change("text", "text-input") } }, icon("ic-keyboard")),
      this.entries.map((entry) => this.menuSlot(entry)));
  }

  menuSlot(entry) {
    const children = childrenOf(entry);
    const slot = h("div", { class: "menu-slot" });
    const button = h("button", {
      type: "button", class: "menu-button", "data-testid": "menu-button",
      "aria-haspopup": children.length ? "menu" : null, "aria-expanded": children.length ? "false" : null,
      on: { click: () => (children.length ? this.togglePopup(slot, children) : this.run(entry)) },
    }, children.length ? h("span", { class: "menu-lines", "aria-hidden": "true" }) : null, entry.name);
    slot.append(button);
    return slot;
  }

  togglePopup(slot, children) {
    const wasOpen = slot.querySelector(".menu-popup") !== null;
    this.closePopup();
    if (wasOpen) return;
    const popup = h("div", { class: "menu-popup", role: "menu", "data-testid": "menu-popup" },
      children.map((child) => h("button", {
        type: "button", role: "menuitem", "data-testid": "menu-item",
        on: { click: () => { this.closePopup(); this.run(child); } },
      }, child.name)));
    popup.addEventListener("keydown", (event) => this.walk(event, popup));
    slot.append(popup);
    slot.querySelector(".menu-button").setAttribute("aria-expanded", "true");
    popup.firstElementChild.focus();
  }

  walk(event, popup) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...popup.children];
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  }

  closePopup() {
    const popup = this.element.querySelector(".menu-popup");
    if (!popup) return null;
    const button = popup.parentElement.querySelector(".menu-button");
    button.setAttribute("aria-expanded", "false");
    popup.remove();
    return button;
  }

  escape() {
    const button = this.closePopup();
    if (button) button.focus();
    else if (this.panel) this.togglePanel();
  }

  run(entry) {
    const { actions } = this;
    if (entry.type === "view" && entry.url) return actions.view(entry.url);
    if (CAMERA.has(entry.type)) return askPhotos((files) => actions.photos(files, { key: entry.key ?? "", type: entry.type }), entry.type === "pic_sysphoto");
    if (SCAN.has(entry.type)) return askScan((scene) => actions.scan(scene, { key: entry.key ?? "", type: entry.type }));
    if (entry.type === "location_select") return askLocation((place) => actions.location(place, { key: entry.key ?? "", type: entry.type }));
    return actions.click(entry.key ?? "");
  }

  inputRow() {
    const voice = this.mode() === "voice";
    const row = h("div", { class: "bar-row input-row" },
      this.entries.length ? h("button", { type: "button", class: "bar-toggle", "aria-label": "切换到菜单", "data-testid": "to-menu", on: { click: () => this.change("menu", "to-keyboard") } }, icon("ic-menu")) : null,
      h("button", { type: "button", class: "bar-icon", "aria-label": voice ? "切换到键盘" : "切换到语音", "data-testid": "to-voice", on: { click: () => this.change(voice ? "text" : "voice", voice ? "text-input" : "talk") } }, icon(voice ? "ic-keyboard" : "ic-voice")),
      voice ? h("button", { type: "button", class: "talk", "data-testid": "talk", on: { click: () => askVoice((words) => this.actions.voice(words)) } }, "按住 说话") : this.field(),
      h("button", { type: "button", class: "bar-icon bar-plus", "aria-label": "更多：照片、位置、扫一扫", "aria-expanded": "false", "data-testid": "plus", on: { click: () => this.togglePanel() } }, icon("ic-plus")),
      h("button", { type: "button", class: "send", "data-testid": "send", on: { click: () => this.send() } }, "发送"));
    queueMicrotask(() => this.sized());
    return row;
  }

  field() {
    this.input = h("textarea", {
      class: "text-input", rows: 1, maxlength: 2000, "aria-label": "输入文字，回车发送", "data-testid": "text-input",
      placeholder: "说说你遇到的事", enterkeyhint: "send", value: this.drafts.get(this.person.id) ?? "",
      on: {
        input: () => this.sized(),
        keydown: (event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          this.send();
        },
      },
    });
    return this.input;
  }

  /** Let the field grow to four lines and show 发送 only when there is something to send. */
  sized() {
    const { input } = this;
    if (!input?.isConnected) return;
    this.drafts.set(this.person.id, input.value);
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 108)}px`;
    this.element.classList.toggle("has-text", input.value.trim() !== "");
  }

  send() {
    const text = this.input?.value.trim();
    if (!text) return;
    this.input.value = "";
    this.sized();
    this.actions.say(text);
  }

  togglePanel() {
    const plus = this.element.querySelector('[data-testid="plus"]');
    if (this.panel) {
      this.panel.remove();
      this.panel = null;
      plus?.setAttribute("aria-expanded", "false");
      plus?.focus();
      return;
    }
    const { actions } = this;
    const tool = (name, label, testid, work) => h("button", {
      type: "button", class: "tool", "data-testid": testid, on: { click: () => { this.togglePanel(); work(); } },
    }, h("span", { class: "tool-tile" }, icon(name)), label);
    this.panel = h("div", { class: "tools", "data-testid": "tools" },
      tool("ic-photo", "照片", "tool-photo", () => askPhotos((files) => actions.photos(files))),
      tool("ic-camera", "拍摄", "tool-camera", () => askPhotos((files) => actions.photos(files), true)),
      tool("ic-pin", "位置", "tool-location", () => askLocation((place) => actions.location(place))),
      tool("ic-mic", "语音", "tool-voice", () => askVoice((words) => actions.voice(words))),
      tool("ic-scan", "扫一扫", "tool-scan", () => askScan((scene) => actions.scan(scene))),
      tool("ic-leave", "取消关注", "tool-unfollow", () => actions.unfollow()));
    plus?.setAttribute("aria-expanded", "true");
    this.element.append(this.panel);
    this.panel.firstElementChild.focus();
  }
}
