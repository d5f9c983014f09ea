// The account's own page and the card at the head of an empty chat.

import { accountAvatar } from "./avatars.js";
import { h } from "./dom.js";
import { close, page } from "./sheets.js";

/** The line under the card while nothing has been said yet. */
export const firstHint = () => h("p", { class: "first-hint" }, "演示用的手机，不会发到真微信里。", h("br"),
  h("span", { class: "on-desk" }, "点左边一句，或点键盘打字试试。"), h("span", { class: "on-phone" }, "点下面一句，或点键盘打字试试。"));

const DEFAULTS = {
  name: "安全哨",
  intro: "安全生产的事，随时问一句：问安全、拍隐患、查进度。",
  subject: "住房和城乡建设主管部门（演示）",
};

export const accountOf = (thread) => ({ ...DEFAULTS, ...Object.fromEntries(Object.entries(thread?.account ?? {}).filter(([, value]) => value)) });

export function accountCard(account, person, actions) {
  const wecom = person.platform === "wecom";
  return h("div", { class: "account-card", "data-testid": "account-card" },
    accountAvatar("account-mark"),
    h("h3", {}, account.name),
    h("p", {}, account.intro ?? account.description ?? ""),
    h("p", { class: "account-subject" }, wecom ? "企业微信 · 自建应用" : `已认证 · ${account.subject}`),
    person.following === false && !wecom
      ? h("button", { type: "button", class: "weui-btn weui-btn_primary account-follow", "data-testid": "card-follow", on: { click: () => actions.follow() } }, "关注公众号") : null);
}

export function openAccountPage(account, person, actions) {
  const wecom = person.platform === "wecom";
  const line = (label, value) => h("div", { class: "weui-cell" }, h("div", { class: "weui-cell__bd" }, label), h("div", { class: "weui-cell__ft" }, value));
  const following = person.following !== false;
  page(wecom ? "应用详情" : "公众号资料", [
    h("div", { class: "profile" }, accountAvatar("account-mark"), h("div", {}, h("h3", {}, account.name), h("p", {}, account.intro ?? account.description ?? ""))),
    h("div", { class: "weui-cells" },
      line(wecom ? "应用类型" : "账号类型", wecom ? "自建应用" : "服务号"),
      line(wecom ? "所属企业" : "账号主体", account.subject),
      line("现在是谁在看", `${person.name}${following ? "" : "（未关注）"}`)),
    h("div", { class: "profile-actions" }, following
      ? h("button", { type: "button", class: "weui-btn weui-btn_default", "data-testid": "unfollow", on: { click: () => { close(); actions.unfollow(); } } }, wecom ? "退出应用" : "不再关注")
      : h("button", { type: "button", class: "weui-btn weui-btn_primary", "data-testid": "page-follow", on: { click: () => { close(); actions.follow(); } } }, "关注公众号")),
  ], { testid: "account-page", className: "account-page" });
}
