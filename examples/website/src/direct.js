/** The second way: the browser posts to the intake itself. Its origin must stand in ALLOWED_ORIGINS there. */

import { errorsOf, read } from "./assessment.js";
import { signUp } from "./sign-up.js";

/** @import { Errors } from "./assessment.js" */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
const key = /** @type {HTMLInputElement} */ (form.elements.namedItem("key"));
const progress = /** @type {HTMLElement} */ (document.getElementById("progress"));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  progress.textContent = "Sending …";
  const errors = await send();
  if (!errors) return location.assign("/thanks");
  show(errors);
  progress.textContent = "";
  button.disabled = false;
});

/** @returns {Promise<Errors | undefined>} What to show; nothing if the signup is taken. */
async function send() {
  const values = new URLSearchParams(/** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form))));
  if (values.get("website")) return undefined;
  const { signup, errors } = read(values, location.href);
  if (Object.keys(errors).length) return errors;
  const outcome = await signUp(key.value, signup, { intake: form.dataset.intake, wait });
  if (!("run" in outcome)) return errorsOf(outcome);
  if (Object.keys(outcome.run.parameters).length) return undefined;
  key.value = crypto.randomUUID();
  return { form: "You have sent this form before, with other answers. To send these too, press the button again." };
}

/** @param {number} ms */
function wait(ms) {
  progress.textContent = "Nobody answers yet. Trying again …";
  return new Promise((resume) => setTimeout(resume, ms));
}

/** @param {Errors} errors */
function show(errors) {
  for (const place of document.querySelectorAll(".error[id]")) {
    const name = place.id.replace(/-error$/, "");
    place.textContent = errors[name] ?? "";
    document.getElementById(name)?.setAttribute("aria-invalid", String(name in errors));
  }
  const first = form.elements.namedItem(Object.keys(errors)[0] ?? "");
  (first instanceof RadioNodeList ? /** @type {HTMLElement} */ (first[0]) : /** @type {HTMLElement | null} */ (first))?.focus();
}
