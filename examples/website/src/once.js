/** The form posts by itself; this only says so, and takes no second click. */

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
const progress = /** @type {HTMLElement} */ (document.getElementById("progress"));

form.addEventListener("submit", () => {
  button.disabled = true;
  progress.textContent = "Sending …";
});

// Back from the next page: a browser may show this one as it was left.
window.addEventListener("pageshow", () => {
  button.disabled = false;
  progress.textContent = "";
});
