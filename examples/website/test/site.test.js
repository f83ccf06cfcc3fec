import assert from "node:assert/strict";
import { test } from "node:test";

import { CONSENT } from "../src/assessment.js";
import { LEAST } from "../src/hurry.js";
import { createSite } from "../src/server.js";
import { AWAY, TAKEN, TAKEN_FOR_OTHERS, intake, listening, waiting } from "./stand-in.js";
import { filled } from "./visitor.js";

/** @import { TestContext } from "node:test" */
/** @import { Answer } from "./stand-in.js" */

const INVALID_EMAIL = { loc: ["parameters", "email"], msg: "not a valid email address: <no> \"@\"", type: "value_error" };

/**
 * A site, and a person who opens its form, fills it in for this long and posts it.
 *
 * @param {TestContext} test @param {Answer[]} answers
 */
async function site(test, ...answers) {
  const behind = await intake(test, ...answers);
  const { wait, waits } = waiting();
  const clock = { now: Date.UTC(2026, 11, 1) };
  const url = await listening(test, createSite({ intake: behind.url, token: "secret", wait, now: () => clock.now }));
  const post = async (/** @type {URLSearchParams} */ form, took = LEAST) => {
    if (!form.has("opened")) form.set("opened", openedOf(await (await fetch(url)).text()) ?? "");
    clock.now += took;
    return fetch(url, { method: "POST", body: form, redirect: "manual", headers: { Referer: `${url}/?from=mail` } });
  };
  return { url, post, waits, seen: behind.seen };
}

/** @param {string} html */
const keyOf = (html) => /name="key" value="([^"]+)"/.exec(html)?.[1];
/** @param {string} html */
const openedOf = (html) => /name="opened" value="([^"]+)"/.exec(html)?.[1];
/** @param {string} html */
const boxOf = (html) => /<input type="checkbox"[^>]*>/.exec(html)?.[0];

test("the form goes to the intake with the token and its own key, and the visitor to the thanks", async (t) => {
  const { url, post, seen } = await site(t, TAKEN);
  const key = keyOf(await (await fetch(url)).text()) ?? "";
  const answer = await post(filled({ key }));
  assert.deepEqual([answer.status, answer.headers.get("Location")], [303, "/thanks"]);
  assert.deepEqual([seen[0]?.key, seen[0]?.token, seen[0]?.body.parameters.email], [key, "Bearer secret", "anna@example.com"]);
  assert.match(await (await fetch(`${url}/thanks`)).text(), /Thank you/);
});

test("the box has the campaign's words, is not ticked, and is what the intake hears of when it is", async (t) => {
  const { url, post, seen } = await site(t, TAKEN);
  for (const path of ["/", "/browser"]) {
    const page = await (await fetch(url + path)).text();
    assert.ok(page.includes(`<span>${CONSENT.words}</span></label>`));
    assert.doesNotMatch(boxOf(page) ?? "", /checked|required/);
  }
  await post(filled({ consent: CONSENT.wording }));
  await post(filled({}));
  const sent = seen.map(({ body: { parameters } }) => [parameters.consent, parameters.consent_page]);
  assert.deepEqual(sent, [[CONSENT.wording, `${url}/`], [undefined, undefined]]);
});

test("a box that was ticked is still ticked when the form comes back", async (t) => {
  const { post } = await site(t, TAKEN);
  assert.match(boxOf(await (await post(filled({ money: "", consent: CONSENT.wording }))).text()) ?? "", / checked/);
  assert.doesNotMatch(boxOf(await (await post(filled({ money: "" }))).text()) ?? "", / checked/);
});

test("a form that was filled in faster than a person can comes back with its answers, and the next press is taken", async (t) => {
  const { post, seen } = await site(t, TAKEN);
  const answer = await post(filled({ key: "form-7" }), LEAST - 1);
  const page = await answer.text();
  assert.deepEqual([answer.status, seen, keyOf(page)], [422, [], "form-7"]);
  assert.match(page, /id="form-error"[^>]*>That was quicker than we can read\./);
  assert.match(page, /value="anna@example\.com"/);
  assert.equal((await post(filled({ key: "form-7", opened: openedOf(page) ?? "" }))).status, 303);
});

test("a time that this site has not signed is none", async (t) => {
  const { post, seen } = await site(t, TAKEN);
  for (const opened of ["", "0", "0.", `0.${"é".repeat(64)}`, `0.${"0".repeat(64)}`]) {
    assert.equal((await post(filled({ opened }))).status, 422);
  }
  assert.deepEqual(seen, []);
});

test("who corrects a field need not wait again", async (t) => {
  const { post } = await site(t, TAKEN);
  const page = await (await post(filled({ money: "" }))).text();
  assert.equal((await post(filled({ opened: openedOf(page) ?? "" }), 0)).status, 303);
});

test("every form that is opened has a key of its own", async (t) => {
  const { url } = await site(t, TAKEN);
  const keys = await Promise.all([1, 2, 3].map(async () => keyOf(await (await fetch(url)).text())));
  assert.equal(new Set(keys).size, 3);
});

test("what the intake refuses stands beside the field, with all that was filled in and the same key", async (t) => {
  t.mock.method(console, "error", () => {});
  const { post } = await site(t, { status: 422, body: { detail: [INVALID_EMAIL] } });
  const answer = await post(filled({ key: "form-7", email: "anna@\"<b>", money: "red" }));
  const page = await answer.text();
  assert.equal(answer.status, 422);
  assert.match(page, /id="email-error"[^>]*>Not a valid email address: &#60;no&#62; &#34;@&#34;\.</);
  assert.match(page, /value="anna@&#34;&#60;b&#62;"[^>]* aria-invalid="true" autofocus/);
  assert.match(page, /name="money" value="red" required checked/);
  assert.equal(keyOf(page), "form-7");
  assert.match(page, /<title>Please look again/);
});

test("while the intake is away the site tries again, then gives the form back with its key", async (t) => {
  const logged = t.mock.method(console, "error", () => {});
  const { post, seen, waits } = await site(t, AWAY);
  const answer = await post(filled({ key: "form-7" }));
  const page = await answer.text();
  assert.equal(answer.status, 503);
  assert.match(page, /could not be sent just now/);
  assert.equal(keyOf(page), "form-7");
  assert.deepEqual([seen.map(({ key }) => key), waits], [Array(5).fill("form-7"), Array(4).fill(5000)]);
  assert.doesNotMatch(String(logged.mock.calls.map((call) => call.arguments)), /anna/i);
});

test("a form that was sent before with other answers asks, and has a new key", async (t) => {
  const { post } = await site(t, TAKEN_FOR_OTHERS);
  const answer = await post(filled({ key: "form-7" }));
  const page = await answer.text();
  assert.equal(answer.status, 409);
  assert.match(page, /sent this form before/);
  assert.notEqual(keyOf(page), "form-7");
});

test("systems that are not answered are asked for before anything is sent", async (t) => {
  const { post, seen } = await site(t, TAKEN);
  const answer = await post(filled({ money: "" }));
  assert.match(await answer.text(), /id="money-error"[^>]*>Please choose one\.</);
  assert.deepEqual([answer.status, seen], [422, []]);
});

test("whoever fills in the field that people do not see is thanked, and not signed up", async (t) => {
  const { post, seen } = await site(t, TAKEN);
  const answer = await post(filled({ website: "https://spam.example" }));
  assert.deepEqual([answer.status, seen], [303, []]);
});

test("a form that is far too long is not read to its end", async (t) => {
  const { post, seen } = await site(t, TAKEN);
  assert.equal((await post(filled({ first_name: "A".repeat(20_000) }))).status, 413);
  assert.deepEqual(seen, []);
});

test("pages load nothing from elsewhere and may talk to the intake alone", async (t) => {
  const { url } = await site(t, TAKEN);
  for (const path of ["/", "/browser", "/thanks", "/nowhere"]) {
    const answer = await fetch(url + path);
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; .*connect-src http:\/\/127\.0\.0\.1:\d+;/);
    assert.doesNotMatch(await answer.text(), /(src|href)="(https?:)?\/\//);
  }
});

test("what a page needs is there, and nothing else of the site's files", async (t) => {
  const { url } = await site(t, TAKEN);
  const page = await (await fetch(`${url}/browser`)).text();
  const needed = [...page.matchAll(/(?:src|href)="(\/[a-z-]+\.(?:js|css))"/g)].map((found) => found[1]);
  assert.deepEqual(needed, ["/style.css", "/direct.js"]);
  for (const path of [...needed, "/once.js", "/sign-up.js", "/assessment.js"]) assert.equal((await fetch(url + path)).status, 200);
  for (const path of ["/server.js", "/main.js", "/..%2fpackage.json", "/page.js"]) assert.equal((await fetch(url + path)).status, 404);
  assert.equal((await fetch(url, { method: "DELETE" })).status, 405);
});
