/** @import { Schemas, Refusal } from "./sign-up.js" */

/** @typedef {"red" | "orange" | "yellow" | "green"} Colour */
/** @typedef {Record<string, string>} Errors The sentence to show, by the field's name; `form` for the whole. */

/** The flow of the christmas campaign. The intake's README has the ids of the others. */
export const FLOW = "ec71b1c3-1cd0-5983-a9b2-19ad50aacc56";

/** @type {{ name: string, label: string, says: string }[]} */
export const SYSTEMS = [
  { name: "direction", label: "Direction", says: "Everybody knows what should be different a year from now." },
  { name: "money", label: "Money", says: "Invoices leave on time, and you know what the next eight weeks bring." },
  { name: "marketing", label: "Marketing", says: "The right people find you, and you know how." },
  { name: "sales", label: "Sales", says: "Every quote gets an answer, because somebody asks." },
  { name: "delivery", label: "Delivery", says: "Work is done as promised, without you in the middle." },
  { name: "customers", label: "Customer care", says: "Whoever complains or comes back is looked after the same day." },
  { name: "team", label: "Team", says: "People know what is theirs to decide." },
  { name: "time", label: "Your time", says: "You work on the business, not only in it." },
];

/** What each colour means and what it counts.  @type {Record<Colour, { says: string, score: number }>} */
export const COLOURS = {
  red: { says: "on fire", score: 0 },
  orange: { says: "often trouble", score: 33 },
  yellow: { says: "good enough", score: 67 },
  green: { says: "works", score: 100 },
};

/** The fields beside the systems, by the names that the campaign knows them by. */
export const DETAILS = ["email", "first_name", "business_name", "revenue_leak_total", "consent"];

/**
 * What the box says, word for word as `consent:` in the campaign's file has it, and the id of these words there.
 * Other words are another id.
 *
 * @type {{ wording: NonNullable<Schemas["ChristmasParameters"]["consent"]>, words: string }}
 */
export const CONSENT = {
  wording: "2026-11",
  words: "Yes, send me my results and what follows from them by e-mail. I can stop these mails at any time.",
};

/**
 * What the campaign wants to know, out of what a person has filled in.
 *
 * @param {URLSearchParams} form
 * @param {string} [page] The address at which the form was shown.
 * @returns {{ signup: Schemas["ChristmasSignup"], errors: Errors }} `errors` has what only the form can tell:
 *   everything else is the intake's to judge, and `errorsOf` shows its sentences.
 */
export function read(form, page) {
  const chosen = SYSTEMS.map((system) => ({ ...system, colour: colourOf(form.get(system.name)) }));
  const leak = (form.get("revenue_leak_total") ?? "").trim();
  const errors = Object.fromEntries(chosen.filter(({ colour }) => !colour).map(({ name }) => [name, "Please choose one."]));
  if (Number.isNaN(Number(leak))) errors.revenue_leak_total = "Please write a number, such as 12000.";
  return { signup: { flow_id: FLOW, parameters: { ...parametersOf(form, chosen, leak), ...consentOf(form, page) } }, errors };
}

/**
 * @param {URLSearchParams} form
 * @param {{ name: string, label: string, colour?: Colour }[]} systems
 * @param {string} leak
 * @returns {Schemas["ChristmasParameters"]}
 */
function parametersOf(form, systems, leak) {
  const scores = systems.map(({ name, label, colour }) => ({ name, label, score: COLOURS[colour ?? "red"].score }));
  const weakest = scores.filter(({ score }) => score < 100).sort((one, other) => one.score - other.score);
  const count = (/** @type {Colour} */ wanted) => systems.filter(({ colour }) => colour === wanted).length;
  const score = (/** @type {string} */ wanted) => scores.find(({ name }) => name === wanted)?.score;
  return {
    email: text(form, "email"),
    first_name: text(form, "first_name"),
    business_name: text(form, "business_name"),
    assessment_score: Math.round(scores.reduce((sum, { score }) => sum + score, 0) / scores.length),
    red_systems: count("red"),
    orange_systems: count("orange"),
    yellow_systems: count("yellow"),
    green_systems: count("green"),
    gps_score: score("direction"),
    money_score: score("money"),
    marketing_score: score("marketing"),
    weakest_system_1: weakest[0]?.label,
    weakest_system_2: weakest[1]?.label,
    revenue_leak_total: leak ? Number(leak) : undefined,
  };
}

/**
 * What the ticked box says; nothing without a tick. The time is the intake's: with one of our own a second click would be
 * another signup under the same key. What follows the page's `?` is nobody's business, and may be too long.
 *
 * @param {URLSearchParams} form
 * @param {string} [page]
 * @returns {Pick<Schemas["ChristmasParameters"], "consent" | "consent_page">}
 */
function consentOf(form, page) {
  return form.get("consent") === CONSENT.wording ? { consent: CONSENT.wording, consent_page: page?.split(/[?#]/)[0] } : {};
}

/**
 * The intake's refusal in the words that a visitor can use, each beside its field.
 *
 * @param {Refusal} refusal
 * @returns {Errors}
 */
export function errorsOf({ status, detail }) {
  if (Array.isArray(detail)) return bySentence(detail);
  if (status === 429) return { form: "That was too often. Please come back later: nothing was sent." };
  return { form: "It could not be sent just now. Your answers are still here: please press the button again." };
}

/** @param {Schemas["Problem"][]} problems */
function bySentence(problems) {
  /** @type {Errors} */
  const errors = {};
  for (const { loc, msg } of problems) errors[fieldOf(loc)] = `${errors[fieldOf(loc)] ?? ""} ${sentence(msg)}.`.trim();
  return errors;
}

/** @param {(string | number)[]} loc */
function fieldOf(loc) {
  const name = String(loc[1]);
  return loc[0] === "parameters" && DETAILS.includes(name) ? name : "form";
}

/** @param {string} msg */
const sentence = (msg) => msg.charAt(0).toUpperCase() + msg.slice(1).replace(/\.$/, "");

/** @param {string | null} value @returns {Colour | undefined} */
const colourOf = (value) => /** @type {Colour[]} */ (Object.keys(COLOURS)).find((colour) => colour === value);

/** @param {URLSearchParams} form @param {string} name */
const text = (form, name) => (form.get(name) ?? "").trim();
