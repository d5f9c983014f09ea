// The phone's door to the sandbox: JSON over the same origin.

const BASE = new URL("api/", new URL("./", location.href)).pathname;

/** The sandbox refused or could not be reached; `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(BASE + path, { headers: { Accept: "application/json" }, cache: "no-store", ...options });
  } catch {
    throw new ApiError(0, "连不上演示服务");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error || body.message || `演示服务答复 ${response.status}`);
  return body;
}

const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

export const people = () => call("people");
export const addPerson = (name, platform) => post("people", { name, platform });
export const thread = (person, after) =>
  call(`thread?person=${encodeURIComponent(person)}&after=${encodeURIComponent(after)}`);
export const act = (person, action, details = {}) => post("act", { person, action, ...details });
export const exchange = (id) => call(`exchange/${encodeURIComponent(id)}`);
export const clock = () => call("clock");
export const setClock = (change) => post("clock", change);

/** Send photos in one go; `details` are further form fields (the menu key that opened the camera). */
export function sendPhotos(person, files, details = {}) {
  const form = new FormData();
  form.append("person", person);
  form.append("action", "image");
  for (const [name, value] of Object.entries(details)) form.append(name, value);
  for (const file of files) form.append("file", file, file.name);
  return call("act", { method: "POST", body: form });
}
