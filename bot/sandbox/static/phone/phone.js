// The phone in the browser: keeps each person's chat in step with the sandbox and draws the one in hand.

import * as api from "./js/api.js";
import { accountCard, accountOf, firstHint, openAccountPage } from "./js/account.js";
import { Bar } from "./js/bar.js";
import { row, timeLine } from "./js/bubbles.js";
import { askNewPerson } from "./js/compose.js";
import { byId, fill, h } from "./js/dom.js";
import { Panel } from "./js/panel.js";
import { drawPeople, openChatList } from "./js/people.js";
import * as sheets from "./js/sheets.js";
import { clockTime, learnNow, sandboxNow } from "./js/time.js";

const CALM_MS = 1000;
const QUICK_MS = 250;
const QUICK_FOR_MS = 6000;
const RETRY_MS = 2000;
const PEOPLE_EVERY = 15;
const TRY_ITS = ["高处作业要系安全带吗", "触电了怎么办", "工地塌了有人被埋", "今天天气怎么样"];
const MEMORY = "phone-person";

const state = { people: [], current: null, threads: new Map(), unread: new Map(), quickUntil: 0, ticks: 0, drawn: null, away: false };

const threadOf = (id) => {
  if (!state.threads.has(id)) state.threads.set(id, { after: 0, items: [], menu: null, account: null, loaded: false });
  return state.threads.get(id);
};

/** Do one thing as the person in hand and look for its effect soon. */
async function act(work) {
  const person = state.current;
  if (!person) return;
  state.quickUntil = Date.now() + QUICK_FOR_MS;
  const waiting = work(person.id);
  setTimeout(poll, 60);
  try {
    const answer = await waiting;
    state.quickUntil = Date.now() + QUICK_FOR_MS;
    if (state.current?.id === person.id) (answer.exchange_ids ?? [answer.exchange_id]).forEach((id) => panel.add(id));
  } catch (error) {
    sheets.toast(error.message);
  }
  await poll();
}

const actions = {
  say: async (text, menuId) => act((id) => api.act(id, "text", menuId ? { text, bizmsgmenuid: menuId } : { text })),
  voice: (recognition) => act((id) => api.act(id, "voice", { recognition })),
  location: (place, extra = {}) => act((id) => api.act(id, "location", { ...place, ...extra })),
  scan: (scene, extra = {}) => act((id) => api.act(id, "scan", { scene, ...extra })).then(refreshPeople),
  click: (key) => act((id) => api.act(id, "click", { key })),
  photos: (files, extra = {}) => act((id) => api.sendPhotos(id, files, extra)),
  follow: () => act((id) => api.act(id, "follow")).then(refreshPeople),
  unfollow: () => act((id) => api.act(id, "unfollow")).then(refreshPeople),
  bad: (what) => act((id) => api.act(id, "bad", { what, exchange_id: panel.current() })),
  pressCard: (item, taskId, key) => act((id) => api.act(id, "card_click", { task_id: taskId, key })),
  view: (url) => { act((id) => api.act(id, "view", { url })); sheets.browser(new URL(url, location.origin).href); },
  open: (url) => sheets.browser(url),
  look: (source) => sheets.picture(source),
  pick: (exchangeId) => panel.show(exchangeId, true),
  tell: (text) => sheets.toast(text),
  closePanel: () => openPanel(false),
  mark(exchangeId) {
    for (const element of byId("chat").querySelectorAll(".row[data-exchange]")) {
      element.classList.toggle("is-picked", element.dataset.exchange === String(exchangeId));
    }
  },
};

const bar = new Bar(actions);
const panel = new Panel(actions);

/** A chip's question; a person who does not follow yet follows first, so that one tap is enough. */
async function tryIt(text) {
  if (state.current?.following === false) await actions.follow();
  byId("chat").focus({ preventScroll: true });
  return actions.say(text);
}

function drawHead() {
  const person = state.current;
  const account = accountOf(threadOf(person.id));
  byId("device").dataset.platform = person.platform;
  byId("nav-title").textContent = account.name;
  byId("nav-sub").textContent = person.platform === "wecom" ? "企业微信应用" : "";
  byId("nav-more").setAttribute("aria-label", person.platform === "wecom" ? "应用详情" : "公众号资料");
  document.title = `${person.name} · 安全哨试用手机`;
}

function append(items, thread, anew) {
  const chat = byId("chat");
  const person = state.current;
  if (items.length) chat.querySelector(".first-hint")?.remove();
  const atEnd = anew || chat.scrollHeight - chat.scrollTop - chat.clientHeight < 120;
  const context = { person, account: accountOf(thread), actions };
  for (const item of items) {
    const old = chat.querySelector(`.row[data-seq="${CSS.escape(String(item.seq))}"]`);
    if (old) {
      old.replaceWith(row(item, context));
      continue;
    }
    const line = timeLine(item, context.previous ?? previousOf(thread, item));
    if (line) chat.append(line);
    const element = row(item, context);
    if (!anew) element.classList.add("is-new");
    chat.append(element);
    context.previous = item;
  }
  if (atEnd || items.some((item) => item.dir === "out")) toEnd(chat, !anew);
}

function previousOf(thread, item) {
  const index = thread.items.findIndex((one) => one.seq === item.seq);
  return index > 0 ? thread.items[index - 1] : null;
}

let stick = true;

/** Keep the newest words in view when the bar below grows, unless the person has scrolled back. */
function stayAtEnd(chat) {
  const look = () => requestAnimationFrame(() => { stick = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 120; });
  for (const kind of ["wheel", "touchmove", "keydown"]) chat.addEventListener(kind, look, { passive: true });
  new ResizeObserver(() => { if (stick) chat.scrollTo({ top: chat.scrollHeight, behavior: "instant" }); }).observe(chat);
}

function toEnd(chat, smooth) {
  stick = true;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const go = () => chat.scrollTo({ top: chat.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
  go();
  for (const image of chat.querySelectorAll("img")) if (!image.complete) image.addEventListener("load", go, { once: true });
}

function drawChat() {
  const chat = byId("chat");
  const person = state.current;
  const thread = threadOf(person.id);
  chat.setAttribute("aria-busy", "true");
  chat.setAttribute("aria-live", "off");
  fill(chat, thread.loaded ? accountCard(accountOf(thread), person, actions) : h("div", { class: "loading" }, h("i", { class: "weui-loading" }), "正在连上…"));
  if (thread.loaded && !thread.items.length) chat.append(firstHint());
  if (thread.loaded) append(thread.items, thread, true);
  state.drawn = thread.loaded ? person.id : null;
  chat.removeAttribute("aria-busy");
  setTimeout(() => chat.setAttribute("aria-live", "polite"), 50);
  drawHead();
  bar.update(person, thread.menu);
}

function absorb(thread, answer) {
  const fresh = [];
  for (const item of answer.items ?? []) {
    const index = thread.items.findIndex((one) => one.seq === item.seq);
    if (index >= 0) thread.items[index] = item;
    else thread.items.push(item);
    fresh.push(item);
  }
  if (answer.cursor > thread.after) thread.after = answer.cursor;
  if (answer.menu !== undefined) thread.menu = answer.menu;
  if (answer.account !== undefined) thread.account = answer.account;
  if (answer.now) learnNow(answer.now);
  return fresh;
}

async function pullCurrent() {
  const person = state.current;
  const thread = threadOf(person.id);
  const fresh = absorb(thread, await api.thread(person.id, thread.after));
  thread.loaded = true;
  if (state.current?.id !== person.id) return;
  byId("quick").hidden = person.following === false || sessionStorage.getItem("phone-quick") === "off";
  if (state.drawn !== person.id) {
    drawChat();
    panel.reset(exchangesOf(thread));
    return;
  }
  drawHead();
  bar.update(person, thread.menu);
  if (fresh.length) append(fresh, thread, false);
}

/** Look at one other person's chat, so that a push to them shows a badge. */
async function pullOther() {
  const others = state.people.filter((person) => person.id !== state.current?.id);
  if (!others.length) return;
  const person = others[state.ticks % others.length];
  const thread = threadOf(person.id);
  const first = !thread.loaded;
  const known = new Set(thread.items.map((item) => item.seq));
  const fresh = absorb(thread, await api.thread(person.id, thread.after));
  thread.loaded = true;
  if (person.id === state.current?.id) return drawChat();
  const count = first ? 0 : fresh.filter((item) => item.dir === "in" && !known.has(item.seq)).length;
  if (!count) return;
  state.unread.set(person.id, (state.unread.get(person.id) ?? 0) + count);
  showPeople();
}

const exchangesOf = (thread) => thread.items.map((item) => item.exchange_id).filter((id) => id !== undefined && id !== null);

let polling = null;
let again = false;

/** After the sandbox was away: if it came back with an emptier store, start from its beginning too. */
async function recover() {
  const known = Math.max(0, ...[...state.threads.values()].map((thread) => thread.after));
  const answers = await Promise.all(state.people.map((person) => api.thread(person.id, 0).catch(() => ({}))));
  const newest = Math.max(0, ...answers.map((answer) => answer.cursor ?? 0));
  if (newest >= known) return;
  state.threads.clear();
  state.unread.clear();
  state.drawn = null;
  await refreshPeople();
}

/** One look at the sandbox; a call during a look asks for one more after it. */
function poll() {
  if (polling) {
    again = true;
    return polling;
  }
  polling = (async () => {
    try {
      if (state.away && state.current) await recover();
      if (state.current) await pullCurrent();
      state.away = false;
      byId("offline").hidden = true;
      return true;
    } catch {
      state.away = true;
      byId("offline").hidden = false;
      return false;
    } finally {
      polling = null;
      if (again) {
        again = false;
        poll();
      }
    }
  })();
  return polling;
}

async function loop() {
  if (!document.hidden) {
    const fine = await poll();
    if (fine) {
      state.ticks += 1;
      await pullOther().catch(() => {});
      if (state.ticks % PEOPLE_EVERY === 0) await refreshPeople();
    } else if (!state.people.length) await refreshPeople();
    if (!fine) return setTimeout(loop, RETRY_MS);
  }
  return setTimeout(loop, Date.now() < state.quickUntil ? QUICK_MS : CALM_MS);
}

/** Tell the platforms' sign-in pages who holds the phone, as the app's own browser does. */
const carryPerson = (person) => { document.cookie = `phone_person=${encodeURIComponent(person.id)}; path=/sandbox; SameSite=Lax`; };

const showPeople = () => drawPeople(state.people, state.current, state.unread, choose);

async function refreshPeople() {
  try {
    const answer = await api.people();
    state.people = Array.isArray(answer) ? answer : answer.people ?? [];
  } catch {
    byId("offline").hidden = false;
    return;
  }
  const id = state.current?.id ?? sessionStorage.getItem(MEMORY);
  const next = state.people.find((person) => person.id === id) ?? state.people[0] ?? null;
  const changed = state.current?.following !== next?.following || state.current?.id !== next?.id;
  state.current = next;
  if (next) carryPerson(next);
  showPeople();
  if (next && changed) drawChat();
}

function choose(id) {
  const person = state.people.find((one) => one.id === id);
  if (!person) return;
  sheets.close();
  state.current = person;
  carryPerson(person);
  sessionStorage.setItem(MEMORY, id);
  state.unread.delete(id);
  showPeople();
  drawChat();
  panel.reset(exchangesOf(threadOf(id)));
  poll();
}

function openPanel(open) {
  document.body.classList.toggle("panel-open", open);
  byId("scrim").hidden = !open;
  for (const behind of [document.querySelector(".lobby"), document.querySelector(".stage")]) behind.inert = open;
  byId("open-panel").setAttribute("aria-expanded", String(open));
  if (open) byId("panel").querySelector(".panel-close").focus();
  else byId("open-panel").focus();
}

function wire() {
  const chip = (text) => h("li", {}, h("button", { type: "button", class: "chip", "data-testid": "chip", on: { click: () => tryIt(text) } }, text));
  fill(document.querySelector('[data-testid="try-chips"]'), TRY_ITS.map(chip));
  fill(document.querySelector('[data-testid="quick-chips"]'), TRY_ITS.map(chip));
  byId("quick-close").addEventListener("click", () => { sessionStorage.setItem("phone-quick", "off"); byId("quick").hidden = true; });
  byId("nav-back").addEventListener("click", () => openChatList(state.people, state.unread, (id) => threadOf(id).items.at(-1), choose));
  matchMedia("(min-width: 1120px)").addEventListener("change", () => { if (document.body.classList.contains("panel-open")) openPanel(false); });
  byId("nav-more").addEventListener("click", () => openAccountPage(accountOf(threadOf(state.current.id)), state.current, actions));
  byId("open-panel").addEventListener("click", () => openPanel(!document.body.classList.contains("panel-open")));
  byId("scrim").addEventListener("click", () => openPanel(false));
  byId("add-person").addEventListener("click", () => askNewPerson(async (name, platform) => {
    try {
      const answer = await api.addPerson(name, platform);
      await refreshPeople();
      if (answer.id) choose(answer.id);
    } catch (error) {
      sheets.toast(error.message);
    }
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !sheets.isOpen() && document.body.classList.contains("panel-open")) openPanel(false);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  const tick = () => { byId("status-time").textContent = clockTime(sandboxNow()); };
  tick();
  setInterval(tick, 1000);
}

wire();
stayAtEnd(byId("chat"));
await refreshPeople();
loop();
