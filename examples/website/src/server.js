import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { errorsOf, read } from "./assessment.js";
import { hurried, stamp } from "./hurry.js";
import { formPage, plainPage, thanksPage } from "./page.js";
import { signUp } from "./sign-up.js";

/** @import { IncomingMessage, ServerResponse, Server } from "node:http" */
/** @typedef {{ intake: string, token?: string, wait?: (ms: number) => Promise<unknown>, now?: () => number }} Settings */

/** Bytes that a filled-in form may have. */
const LARGEST = 16 * 1024;

const FILES = new Map(
  ["style.css", "once.js", "direct.js", "sign-up.js", "assessment.js"].map((name) => [
    `/${name}`,
    { type: name.endsWith(".css") ? "text/css" : "text/javascript", body: readFileSync(new URL(name, import.meta.url)) },
  ]),
);

/**
 * The site: `/` posts to itself and works without scripts, `/browser` posts from the browser to the intake.
 *
 * @param {Settings} settings
 * @returns {Server}
 */
export function createSite(settings) {
  const server = createServer((request, response) => {
    answer(request, response, settings).catch((error) => {
      console.error("failed:", error instanceof Error ? error.stack : error);
      if (!response.headersSent) show(response, settings, 500, plainPage("Something broke on our side."));
    });
  });
  server.requestTimeout = 15_000;
  return server;
}

/** @param {IncomingMessage} request @param {ServerResponse} response @param {Settings} settings */
async function answer(request, response, settings) {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const file = FILES.get(path);
  if (request.method === "POST" && path === "/") return submit(request, response, settings);
  if (request.method !== "GET" && request.method !== "HEAD") return show(response, settings, 405, plainPage("Not here."));
  if (file) return response.writeHead(200, { "Content-Type": `${file.type}; charset=utf-8`, "X-Content-Type-Options": "nosniff" }).end(file.body);
  if (path === "/") return show(response, settings, 200, formPage(blank(settings)));
  if (path === "/browser") return show(response, settings, 200, formPage({ ...blank(settings), intake: settings.intake }));
  if (path === "/thanks") return show(response, settings, 200, thanksPage());
  return show(response, settings, 404, plainPage("There is no such page."));
}

/** @param {IncomingMessage} request @param {ServerResponse} response @param {Settings} settings */
async function submit(request, response, settings) {
  const values = await formOf(request);
  if (!values) return show(response, settings, 413, plainPage("That is more than the form asks for."));
  if (values.get("website")) return thank(response); // a field that people do not see: bots fill it in
  const key = values.get("key") || newKey();
  const opened = values.get("opened") ?? "";
  if (hurried(opened, timeOf(settings))) return askToWait(response, settings, key, values);
  const { signup, errors } = read(values, request.headers.referer);
  if (Object.keys(errors).length) return show(response, settings, 422, formPage({ key, opened, values, errors }));
  const outcome = await signUp(key, signup, settings);
  if ("run" in outcome) return Object.keys(outcome.run.parameters).length ? thank(response) : askAgain(response, settings, values);
  console.error(`not taken: ${outcome.status} ${JSON.stringify(outcome.detail)}`); // has no value that anybody wrote
  return show(response, settings, outcome.status === 422 ? 422 : 503, formPage({ key, opened, values, errors: errorsOf(outcome) }));
}

/** A person presses the button again and is let through; the page has a new time for whom a restart has cost theirs. */
function askToWait(/** @type {ServerResponse} */ response, /** @type {Settings} */ settings, /** @type {string} */ key, /** @type {URLSearchParams} */ values) {
  const errors = { form: "That was quicker than we can read. Please look at your answers once more, and then press the button again." };
  show(response, settings, 422, formPage({ ...blank(settings), key, values, errors }));
}

/** The key belongs to other answers: somebody went back and changed them. Only the person knows whether they mean it. */
function askAgain(/** @type {ServerResponse} */ response, /** @type {Settings} */ settings, /** @type {URLSearchParams} */ values) {
  const errors = { form: "You have sent this form before, with other answers. To send these too, press the button again." };
  show(response, settings, 409, formPage({ key: newKey(), opened: values.get("opened") ?? "", values, errors }));
}

/** @param {IncomingMessage} request @returns {Promise<URLSearchParams | null>} `null` if it is too large. */
async function formOf(request) {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) if ((body += chunk).length > LARGEST) return null;
  return new URLSearchParams(body);
}

/** @param {ServerResponse} response */
const thank = (response) => void response.writeHead(303, { Location: "/thanks" }).end();

/** @param {ServerResponse} response @param {Settings} settings @param {number} status @param {string} page */
function show(response, { intake }, status, page) {
  const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src ${new URL(intake).origin}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
  response.writeHead(status, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(page);
}

/** What a form has that nobody has filled in.  @param {Settings} settings */
const blank = (settings) => ({ key: newKey(), opened: stamp(timeOf(settings)) });

/** @param {Settings} settings */
const timeOf = ({ now = Date.now }) => now();

/** One for each form that is opened; it goes with the form, so every way of sending it again has the same. */
const newKey = () => `form-${randomUUID()}`;
