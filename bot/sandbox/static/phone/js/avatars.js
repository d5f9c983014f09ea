// Which drawing stands for whom.

import { h, icon } from "./dom.js";

const BY_WORD = [
  [/值班|officer|duty|专家|expert/i, "av-officer"],
  [/联络|liaison|报送/i, "av-liaison"],
  [/房东|landlord|业主|owner/i, "av-landlord"],
  [/工人|worker|工友|班组|师傅/i, "av-worker"],
  [/市民|citizen|public|群众/i, "av-citizen"],
];
const HUES = ["teal", "plum", "rust", "navy", "olive"];

function hueOf(text) {
  let sum = 0;
  for (const char of text) sum = (sum * 31 + char.codePointAt(0)) % 997;
  return HUES[sum % HUES.length];
}

/** The person's avatar: a drawing for a known role, else the first character of the name on a colour. */
export function personAvatar(person, className = "avatar") {
  const words = `${person.role_hint ?? ""} ${person.name ?? ""} ${person.id ?? ""}`;
  const known = BY_WORD.find(([pattern]) => pattern.test(words));
  if (known) return icon(known[1], className);
  const name = person.name || "?";
  return h("span", { class: `${className} avatar-letter hue-${hueOf(name)}`, "aria-hidden": "true" }, [...name][0]);
}

export const accountAvatar = (className = "avatar") => icon("av-account", className);
