// The people who can hold the phone, with a badge for what they have not seen.

import { personAvatar } from "./avatars.js";
import { byId, fill, h } from "./dom.js";
import { close, page } from "./sheets.js";
import { chatTime } from "./time.js";

const KIND_WORDS = {
  image: "［图片］", voice: "［语音］", video: "［视频］", shortvideo: "［视频］", location: "［位置］",
  news: "［图文］", card: "［卡片］", template: "［服务通知］", subscribe: "［订阅通知］", menu: "［选项］",
};
const PLATFORM_NAMES = { wechat: "微信", wecom: "企业微信" };

/** A name like 阿强·工人; the part after the dot is left out where there is no room for it. */
function nameOf(name) {
  const [given, ...role] = name.split("·");
  return role.length ? [given, h("span", { class: "person-role" }, `·${role.join("·")}`)] : name;
}

/** Draw the list; `unread` maps a person's id to a count. */
export function drawPeople(list, current, unread, choose) {
  const element = document.querySelector('[data-testid="people"]');
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.person : null;
  fill(element, list.map((person) => {
    const count = unread.get(person.id) ?? 0;
    const chosen = person.id === current?.id;
    return h("li", {}, h("button", {
      type: "button", class: `person ${chosen ? "is-current" : ""}`, "aria-pressed": String(chosen),
      data: { person: person.id }, "data-testid": "person", on: { click: () => choose(person.id) },
    },
    h("span", { class: "person-avatar" }, personAvatar(person),
      count ? h("span", { class: "weui-badge person-badge", "data-testid": "unread" }, count > 99 ? "99+" : String(count), h("span", { class: "sr-only" }, " 条未读")) : null),
    h("span", { class: "person-words" }, h("strong", {}, nameOf(person.name)), h("small", { class: `tag-${person.platform}` }, PLATFORM_NAMES[person.platform] ?? person.platform, person.following === false ? " · 未关注" : ""))));
  }));
  if (focused) element.querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
  const others = list.reduce((sum, person) => sum + (person.id === current?.id ? 0 : unread.get(person.id) ?? 0), 0);
  const badge = byId("nav-unread");
  badge.hidden = others === 0;
  badge.textContent = others > 99 ? "99+" : String(others);
}

function lastWords(item) {
  if (!item) return "还没有聊过";
  return KIND_WORDS[item.kind] ?? (item.text ?? "").replace(/<[^<>]*>/g, "").replace(/\s+/g, " ").slice(0, 40);
}

/** The list of chats, as the back arrow shows it; `lastOf` gives a person's newest item. */
export function openChatList(list, unread, lastOf, choose) {
  page("换个人", h("ul", { class: "chat-list", "data-testid": "chat-list" }, list.map((person) => {
    const item = lastOf(person.id);
    const count = unread.get(person.id) ?? 0;
    return h("li", {}, h("button", { type: "button", on: { click: () => { close(); choose(person.id); } } },
      h("span", { class: "person-avatar" }, personAvatar(person), count ? h("span", { class: "weui-badge person-badge" }, String(count)) : null),
      h("span", { class: "chat-words" },
        h("span", { class: "chat-top" }, h("strong", {}, person.name), h("small", {}, PLATFORM_NAMES[person.platform] ?? ""),
          item ? h("time", { datetime: item.at }, chatTime(new Date(item.at))) : null),
        h("span", { class: "chat-last" }, lastWords(item)))));
  })), { testid: "chat-list-page", className: "chat-list-page" });
}
