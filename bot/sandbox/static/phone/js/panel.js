// The inspector beside the phone: what went over the wire, ways to misbehave, and the sandbox's clock.

import * as api from "./api.js";
import { byId, fill, h, icon } from "./dom.js";
import { fromInput, fullTime, inputTime, learnNow, sandboxNow } from "./time.js";
import { prettyXml } from "./xml.js";

const TRIALS = [
  ["retry", "重发同一条", "平台没等到答复时会原样再投：应得到同一个答复"],
  ["same_msgid_x3", "同 MsgId 三连", "同一条消息连投三次：只该起一次作用"],
  ["replay", "重放", "把截下的请求原样再发"],
  ["bad_signature", "坏签名", "签名不对：应拒绝"],
  ["old_timestamp", "旧时间戳", "时间戳太旧：应拒绝"],
  ["slow", "慢 6 秒", "答得太慢：平台 5 秒后重投"],
  ["huge_body", "3MB 正文", "正文过大：应拒绝"],
  ["broken_xml", "坏 XML", "正文不成 XML"],
  ["dtd", "DTD", "正文带 DTD：应拒绝"],
];
const POLL_MS = 300;
const POLL_TRIES = 80;

export class Panel {
  constructor(actions) {
    this.actions = actions;
    this.ids = [];
    this.at = -1;
    this.shown = null;
    this.form = "plain";
    this.build();
    setInterval(() => this.tickClock(), 1000);
  }

  build() {
    this.verdict = h("div", { class: "verdict", role: "status", "data-testid": "verdict" });
    this.facts = h("dl", { class: "facts", "data-testid": "facts" });
    this.request = h("pre", { tabindex: "0", "aria-label": "发给服务的报文", "data-testid": "xml-request" });
    this.response = h("pre", { tabindex: "0", "aria-label": "服务的答复", "data-testid": "xml-response" });
    this.place = h("span", { class: "walk-place" });
    this.section = h("section", { class: "block exchange", "aria-labelledby": "exchange-title" },
      h("div", { class: "block-head" }, h("h3", { id: "exchange-title" }, "报文"), this.walker(), this.formSwitch()),
      this.verdict, this.facts,
      h("h4", {}, "平台 → 服务"), this.request, h("h4", {}, "服务 → 平台"), this.response);
    fill(byId("panel"),
      h("header", { class: "panel-head" }, h("h2", {}, "检查台"), h("p", {}, "每条消息怎么去、怎么回"),
        h("a", { class: "panel-console", href: "/console/" }, "值班后台 →"),
        h("button", { type: "button", class: "icon-button panel-close", "aria-label": "关上检查台", "data-testid": "close-panel", on: { click: () => this.actions.closePanel() } }, icon("ic-close"))),
      this.clockCard(), this.trialCard(), this.section);
    this.empty();
  }

  walker() {
    const step = (by, label, name, testid) => h("button", { type: "button", class: "step", "aria-label": label, "data-testid": testid, on: { click: () => this.walk(by) } }, icon(name));
    return h("div", { class: "walker" }, step(-1, "前一条", "ic-back", "exchange-previous"), this.place, step(1, "后一条", "ic-next", "exchange-next"));
  }

  formSwitch() {
    const choice = (form, label) => h("button", {
      type: "button", class: "segment", "aria-pressed": String(this.form === form), "data-testid": `form-${form}`,
      on: {
        click: (event) => {
          this.form = form;
          for (const other of event.currentTarget.parentElement.children) other.setAttribute("aria-pressed", String(other === event.currentTarget));
          this.drawXml();
        },
      },
    }, label);
    return h("div", { class: "segments", role: "group", "aria-label": "看哪种报文" }, choice("plain", "明文"), choice("wire", "线上"));
  }

  trialCard() {
    return h("section", { class: "block trials", "aria-labelledby": "trials-title" },
      h("div", { class: "block-head" }, h("h3", { id: "trials-title" }, "捣捣乱"), h("span", { class: "note" }, "拿上一条消息来试")),
      h("div", { class: "trial-grid" }, TRIALS.map(([what, label, why]) => h("button", {
        type: "button", class: "trial", title: why, "data-testid": `bad-${what}`, on: { click: () => this.actions.bad(what) },
      }, label))));
  }

  clockCard() {
    this.now = h("time", { class: "clock-now", "data-testid": "clock-now" }, "—");
    this.shift = h("span", { class: "clock-shift" });
    this.target = h("input", { class: "field small", type: "datetime-local", "aria-label": "把时钟拨到", "data-testid": "clock-target" });
    const button = (label, testid, work) => h("button", { type: "button", class: "trial", "data-testid": testid, on: { click: work } }, label);
    return h("section", { class: "block clock", "aria-labelledby": "clock-title" },
      h("div", { class: "block-head" }, h("h3", { id: "clock-title" }, "沙盒时钟"), this.now, this.shift),
      h("div", { class: "clock-row" },
        button("+1小时", "clock-hour", () => this.moveClock({ advance_s: 3600 })),
        button("+1天", "clock-day", () => this.moveClock({ advance_s: 86400 })),
        button("复位", "clock-reset", () => this.moveClock({ reset: true })),
        h("span", { class: "clock-to" }, this.target,
          button("到…", "clock-set", () => this.target.value && this.moveClock({ now: fromInput(this.target.value) })))));
  }

  async moveClock(change) {
    try {
      const answer = await api.setClock(change);
      if (answer.now) learnNow(answer.now);
      this.tickClock(true);
    } catch (error) {
      this.actions.tell(error.message);
    }
  }

  tickClock(setTarget = false) {
    const now = sandboxNow();
    this.now.textContent = fullTime(now);
    this.now.dateTime = now.toISOString();
    const off = Math.round((now - Date.now()) / 60000);
    this.shift.textContent = Math.abs(off) < 1 ? "" : `${off > 0 ? "快" : "慢"} ${spell(Math.abs(off))}`;
    if (setTarget || !this.target.value) this.target.value = inputTime(now);
  }

  /** Forget the exchanges of the person before and take this person's, oldest first. */
  reset(ids) {
    this.tickClock();
    this.ids = [...new Set(ids)];
    this.at = -1;
    if (this.ids.length) this.show(this.ids.at(-1));
    else this.empty();
  }

  /** A new exchange of the person on the phone; shown at once. */
  add(id) {
    if (id === undefined || id === null) return;
    if (!this.ids.includes(id)) this.ids.push(id);
    this.show(id);
  }

  /** The exchange in view, which a trial repeats; null when there is none yet. */
  current() {
    return this.ids[this.at] ?? null;
  }

  walk(by) {
    const next = this.at + by;
    if (next >= 0 && next < this.ids.length) this.show(this.ids[next], true);
  }

  /** Show an exchange, following it until it ends; one chosen by hand is ringed in the chat. */
  async show(id, byHand = false) {
    if (!this.ids.includes(id)) this.ids.push(id);
    this.at = this.ids.indexOf(id);
    const wanted = id;
    this.actions.mark(byHand ? id : null);
    this.place.textContent = `${this.at + 1} / ${this.ids.length}`;
    for (let turn = 0; turn < POLL_TRIES && this.ids[this.at] === wanted; turn += 1) {
      try {
        const answer = await api.exchange(id);
        if (this.ids[this.at] !== wanted) return;
        this.shown = answer;
        this.draw();
        if (!pending(answer)) return;
      } catch (error) {
        if (error.status !== 404) return;
      }
      await new Promise((done) => { setTimeout(done, POLL_MS); });
    }
  }

  empty() {
    this.section.classList.add("is-blank");
    this.shown = null;
    this.place.textContent = "0 / 0";
    this.verdict.className = "verdict";
    this.verdict.textContent = "还没有消息。先在手机里说一句，这里就能看到它的报文。";
    fill(this.facts);
    this.drawXml();
  }

  draw() {
    this.section.classList.remove("is-blank");
    const { status, ms, tries = [], verdict } = this.shown;
    const judged = judge(verdict);
    this.verdict.className = `verdict ${pending(this.shown) ? "" : judged.ok ? "verdict-ok" : "verdict-bad"}`;
    fill(this.verdict, pending(this.shown) ? "正在等服务答复…" : [icon(judged.ok ? "ic-check" : "ic-close"), h("span", {}, judged.text)]);
    const fact = (label, value, testid, strong) => h("div", { class: strong ?? "" }, h("dt", {}, label), h("dd", { "data-testid": testid }, value));
    fill(this.facts,
      fact("HTTP", status ? String(status) : "—", "status", status && (status < 200 || status >= 300) ? "fact-odd" : ""),
      fact("用时", ms === undefined || ms === null ? "—" : `${Math.round(ms)} 毫秒`, "ms"),
      fact("投递", `${tries.length || 1} 次`, "tries"),
      tries.length > 1 ? fact("每次", tries.map((one) => `${one.status || "超时"} · ${Math.round(one.ms)}`).join("，"), "tries-each", "fact-wide") : null);
    this.drawXml();
  }

  drawXml() {
    const shown = this.shown ?? {};
    const wire = this.form === "wire";
    fill(this.request, prettyXml(clip(wire ? shown.wire_xml : shown.request_xml)));
    fill(this.response, prettyXml(clip(wire ? shown.response_wire : shown.response_xml)));
    this.request.classList.toggle("is-empty", !this.request.textContent);
    this.response.classList.toggle("is-empty", !this.response.textContent);
    if (!this.request.textContent) this.request.textContent = "（空）";
    if (!this.response.textContent) this.response.textContent = "（空）";
  }
}

const pending = (answer) => answer.pending === true || ((answer.status === null || answer.status === undefined) && !answer.verdict);

/** Long bodies (the 3 MB trial) are cut for the screen. */
const clip = (text) => (text && text.length > 20000 ? `${text.slice(0, 20000)}\n…（共 ${text.length} 字，略去后面）` : text ?? "");

function judge(verdict) {
  if (verdict && typeof verdict === "object") {
    return { ok: Boolean(verdict.ok), text: verdict.text ?? verdict.reason ?? (verdict.ok ? "平台接受这个答复" : "平台不接受这个答复") };
  }
  const text = String(verdict ?? "");
  const ok = text === "" || /^(ok|accepted|success|通过|合格|已?拒绝|refused)/i.test(text);
  return { ok, text: /^ok$/i.test(text) || text === "" ? "平台接受这个答复" : text };
}

function spell(minutes) {
  if (minutes < 60) return `${minutes} 分钟`;
  if (minutes < 1440) return `${Math.round(minutes / 6) / 10} 小时`;
  return `${Math.round(minutes / 144) / 10} 天`;
}
