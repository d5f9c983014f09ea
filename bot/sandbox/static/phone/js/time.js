// Times as WeChat writes them, in Beijing time, counted from the sandbox's clock.

const ZONE = "Asia/Shanghai";
const PARTS = new Intl.DateTimeFormat("en-CA", {
  timeZone: ZONE, hourCycle: "h23",
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const WEEKDAYS = ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"];
const DAY_MS = 86_400_000;

let offsetMs = 0;

/** Learn the sandbox's now (ISO 8601) so that the phone's clock runs with it. */
export function learnNow(iso) {
  const moment = Date.parse(iso);
  if (!Number.isNaN(moment)) offsetMs = moment - Date.now();
}

export const sandboxNow = () => new Date(Date.now() + offsetMs);

function parts(date) {
  return Object.fromEntries(PARTS.formatToParts(date).map((part) => [part.type, part.value]));
}

/** Whole days since the epoch of the Shanghai calendar date. */
function dayNumber(p) {
  return Math.round(Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day)) / DAY_MS);
}

export function clockTime(date) {
  const p = parts(date);
  return `${p.hour}:${p.minute}`;
}

export function fullTime(date) {
  const p = parts(date);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`;
}

/** The value of a datetime-local input showing `date` in Beijing time. */
export function inputTime(date) {
  const p = parts(date);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

export const fromInput = (value) => `${value.length === 16 ? `${value}:00` : value}+08:00`;

/** 14:05 · 昨天 14:05 · 星期三 14:05 · 6月16日 14:05 · 2025年6月16日 14:05 */
export function chatTime(date, now = sandboxNow()) {
  const p = parts(date);
  const q = parts(now);
  const time = `${p.hour}:${p.minute}`;
  const days = dayNumber(q) - dayNumber(p);
  if (days === 0) return time;
  if (days === 1) return `昨天 ${time}`;
  if (days > 1 && days < 7) return `${WEEKDAYS[new Date(dayNumber(p) * DAY_MS).getUTCDay()]} ${time}`;
  const date_ = `${Number(p.month)}月${Number(p.day)}日 ${time}`;
  return p.year === q.year ? date_ : `${p.year}年${date_}`;
}
