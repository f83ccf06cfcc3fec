import { COLOURS, CONSENT, SYSTEMS } from "./assessment.js";

/** @import { Errors } from "./assessment.js" */
/** @typedef {{ key: string, opened: string, values?: URLSearchParams, errors?: Errors, intake?: string }} Form */

const DETAILS = [
  { name: "email", label: "E-mail", rest: 'type="email" autocomplete="email" required maxlength="200"' },
  { name: "first_name", label: "First name", rest: 'autocomplete="given-name" required maxlength="100"' },
  { name: "business_name", label: "Name of your business", rest: 'autocomplete="organization" required maxlength="200"' },
  { name: "revenue_leak_total", label: "What gets lost in a year, in your estimate (may stay empty)", rest: 'inputmode="decimal"' },
];

/**
 * The form: posted to this site, or, with `intake`, straight from the browser to there.
 *
 * @param {Form} form
 */
export function formPage({ key, opened, values = new URLSearchParams(), errors = {}, intake }) {
  const wrong = Object.keys(errors);
  const script = intake ? "/direct.js" : "/once.js";
  return page(
    wrong.length ? "Please look again: eight systems" : "Eight systems",
    `<h1>How do your eight systems do?</h1>
<p class="lead">Two minutes. Your result comes by mail, and six more mails over two weeks; each has a link that ends them.</p>
${intake ? "<noscript><p class=\"error\">This page needs JavaScript. <a href=\"/\">The other one</a> does not.</p></noscript>" : ""}
<form method="post" action="/"${intake ? ` data-intake="${escaped(intake)}"` : ""}>
<p id="form-error" class="error" role="alert">${escaped(errors.form ?? "")}</p>
<input type="hidden" name="key" value="${escaped(key)}">
<input type="hidden" name="opened" value="${escaped(opened)}">
<p class="trap" aria-hidden="true"><label>Leave this empty <input name="website" tabindex="-1" autocomplete="off"></label></p>
${SYSTEMS.map((system) => choice(system, values.get(system.name), errors, wrong)).join("\n")}
${DETAILS.map((detail) => field(detail, values.get(detail.name), errors, wrong)).join("\n")}
${box(values.get("consent"), errors, wrong)}
<button type="submit">Send me my result</button>
<p id="progress" role="status"></p>
</form>`,
    `<script type="module" src="${script}"></script>`,
  );
}

export function thanksPage() {
  return page("Thank you", `<h1>Thank you. Your result is on its way.</h1>
<p class="lead">Look into your inbox in a minute. If there is nothing, look into the folder for spam.</p>`);
}

/** @param {string} title */
export function plainPage(title) {
  return page(title, `<h1>${escaped(title)}</h1>\n<p class="lead"><a href="/">To the form</a></p>`);
}

/** @param {(typeof SYSTEMS)[number]} system @param {string | null} chosen @param {Errors} errors @param {string[]} wrong */
function choice({ name, label, says }, chosen, errors, wrong) {
  const options = Object.entries(COLOURS).map(([colour, { says: meaning }], index) => {
    const rest = `${colour === chosen ? " checked" : ""}${index ? "" : focus(name, wrong)}`;
    return `<label class="${colour}"><input type="radio" name="${name}" value="${colour}" required${rest}> <span>${colour}<small>${meaning}</small></span></label>`;
  });
  return `<fieldset aria-describedby="${name}-error"><legend>${label}<small>${says}</small></legend>
<div class="colours">${options.join("")}</div>
${error(name, errors)}</fieldset>`;
}

/** @param {(typeof DETAILS)[number]} detail @param {string | null} value @param {Errors} errors @param {string[]} wrong */
function field({ name, label, rest }, value, errors, wrong) {
  const invalid = errors[name] ? ' aria-invalid="true"' : "";
  return `<p class="field"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" value="${escaped(value ?? "")}" ${rest} aria-describedby="${name}-error"${invalid}${focus(name, wrong)}>
${error(name, errors)}</p>`;
}

/** Never ticked in advance: then it would be no consent.  @param {string | null} value @param {Errors} errors @param {string[]} wrong */
function box(value, errors, wrong) {
  const rest = `${value === CONSENT.wording ? " checked" : ""}${focus("consent", wrong)}`;
  return `<p class="box"><label><input type="checkbox" id="consent" name="consent" value="${CONSENT.wording}" aria-describedby="consent-error"${rest}>
<span>${escaped(CONSENT.words)}</span></label>
${error("consent", errors)}</p>`;
}

/** @param {string} name @param {Errors} errors */
const error = (name, errors) => `<span id="${name}-error" class="error" aria-live="polite">${escaped(errors[name] ?? "")}</span>`;

/** The first field that is wrong has the keyboard.  @param {string} name @param {string[]} wrong */
const focus = (name, wrong) => (wrong[0] === name ? " autofocus" : "");

/** @param {string} title @param {string} main @param {string} [script] */
function page(title, main, script = "") {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
${script}
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
