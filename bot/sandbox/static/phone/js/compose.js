// The small sheets that ask for what a phone's sensors would give: a place, spoken words, a scanned code, photos.

import { h, icon } from "./dom.js";
import { close, sheet, toast } from "./sheets.js";

const MOST_PHOTOS = 9;

/** Public landmarks of Hainan; WGS-84 to four places. */
const PLACES = [
  { label: "海口·省政府", lat: 20.0174, lng: 110.3493 },
  { label: "海口·江东新区", lat: 20.0290, lng: 110.5180 },
  { label: "海口·骑楼老街", lat: 20.0478, lng: 110.3425 },
  { label: "三亚·中央商务区", lat: 18.2420, lng: 109.5060 },
  { label: "三亚·海棠湾", lat: 18.3350, lng: 109.7330 },
  { label: "儋州·洋浦", lat: 19.7510, lng: 109.1900 },
  { label: "文昌·航天发射场", lat: 19.6145, lng: 110.9510 },
  { label: "琼海·博鳌", lat: 19.1610, lng: 110.5870 },
];

export function askLocation(use) {
  const lat = h("input", { class: "field", type: "number", step: "any", min: "-90", max: "90", id: "place-lat", inputmode: "decimal", value: "20.0174", "data-testid": "place-lat" });
  const lng = h("input", { class: "field", type: "number", step: "any", min: "-180", max: "180", id: "place-lng", inputmode: "decimal", value: "110.3493", "data-testid": "place-lng" });
  const label = h("input", { class: "field", type: "text", id: "place-label", maxlength: 60, placeholder: "地名（可不填）", "data-testid": "place-label" });
  const send = (place) => { close(); use(place); };
  const form = h("form", {
    class: "sheet-form", on: {
      submit: (event) => {
        event.preventDefault();
        send({ lat: Number(lat.value), lng: Number(lng.value), label: label.value.trim() });
      },
    },
  },
  h("div", { class: "two-fields" },
    h("label", { for: "place-lat" }, "纬度", lat), h("label", { for: "place-lng" }, "经度", lng)),
  h("label", { for: "place-label" }, "地名", label),
  h("button", { type: "submit", class: "weui-btn weui-btn_primary", "data-testid": "place-send" }, "发送这个位置"));
  sheet("发送位置", [
    h("ul", { class: "place-list", "data-testid": "place-list" }, PLACES.map((place) => h("li", {},
      h("button", { type: "button", on: { click: () => send(place) } }, icon("ic-pin"), place.label)))),
    form,
  ], { testid: "location-sheet" });
}

export function askVoice(use) {
  const words = h("textarea", { class: "field", id: "voice-words", rows: 3, maxlength: 500, placeholder: "比如：我们工地架子没有护栏", "data-testid": "voice-words" });
  const empty = h("input", { type: "checkbox", class: "weui-switch", id: "voice-empty", "data-testid": "voice-empty" });
  empty.addEventListener("change", () => { words.disabled = empty.checked; });
  const form = h("form", {
    class: "sheet-form", on: {
      submit: (event) => {
        event.preventDefault();
        const text = empty.checked ? "" : words.value.trim();
        if (!text && !empty.checked) {
          words.focus();
          return;
        }
        close();
        use(text);
      },
    },
  },
  h("div", { class: "voice-art", "aria-hidden": "true" }, [3, 6, 9, 5, 10, 7, 12, 8, 11, 6, 9, 4, 7, 3].map((size) => h("i", { class: `v${size}` }))),
  h("label", { for: "voice-words" }, "把要说的话打出来，当作微信识别出的文字", words),
  h("label", { class: "switch-line", for: "voice-empty" }, h("span", {}, "识别为空", h("small", {}, "微信没听清，只有一段声音")), empty),
  h("button", { type: "submit", class: "weui-btn weui-btn_primary", "data-testid": "voice-send" }, "松开 发送"));
  sheet("语音", form, { testid: "voice-sheet", focus: words });
}

export function askScan(use) {
  const scene = h("input", { class: "field", type: "text", id: "scan-scene", maxlength: 64, required: true, placeholder: "如 site-001", "data-testid": "scan-scene" });
  const form = h("form", {
    class: "sheet-form", on: {
      submit: (event) => {
        event.preventDefault();
        if (!scene.value.trim()) return;
        const value = scene.value.trim();
        close();
        use(value);
      },
    },
  },
  h("div", { class: "scan-art", "aria-hidden": "true" }, h("i"), icon("ic-scan")),
  h("label", { for: "scan-scene" }, "二维码里的场景值（还没关注的人扫了会先关注）", scene),
  h("button", { type: "submit", class: "weui-btn weui-btn_primary", "data-testid": "scan-send" }, "扫这个码"));
  sheet("扫一扫", form, { testid: "scan-sheet", focus: scene });
}

/** Let the person choose photos; `camera` asks a real phone for its camera first. */
export function askPhotos(use, camera = false) {
  const input = h("input", {
    type: "file", accept: "image/*", multiple: true, class: "sr-only", tabindex: "-1", "aria-label": "选择照片",
    capture: camera ? "environment" : null, "data-testid": "photo-input",
  });
  document.querySelector('[data-testid="photo-input"]')?.remove();
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.remove();
    if (files.length > MOST_PHOTOS) toast(`一次最多发 ${MOST_PHOTOS} 张，先发前 ${MOST_PHOTOS} 张`);
    if (files.length) use(files.slice(0, MOST_PHOTOS));
  });
  document.body.append(input);
  input.click();
}

export function askNewPerson(use) {
  const name = h("input", { class: "field", type: "text", id: "new-name", maxlength: 12, required: true, placeholder: "如 木工老李", "data-testid": "new-name" });
  const choice = (value, label, checked) => h("label", { class: "choice" }, h("input", { type: "radio", name: "platform", value, checked }), label);
  const form = h("form", {
    class: "sheet-form", on: {
      submit: (event) => {
        event.preventDefault();
        if (!name.value.trim()) return;
        const platform = new FormData(form).get("platform");
        const value = name.value.trim();
        close();
        use(value, platform);
      },
    },
  },
  h("label", { for: "new-name" }, "怎么称呼", name),
  h("fieldset", { class: "choices" }, h("legend", {}, "用什么"), choice("wechat", "微信", true), choice("wecom", "企业微信", false)),
  h("button", { type: "submit", class: "weui-btn weui-btn_primary", "data-testid": "new-send" }, "加上"));
  sheet("再加一个人", form, { testid: "person-sheet", focus: name });
}
