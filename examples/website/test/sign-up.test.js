import assert from "node:assert/strict";
import { test } from "node:test";

import { FLOW } from "../src/assessment.js";
import { signUp } from "../src/sign-up.js";
import { AWAY, GONE, TAKEN, TAKEN_BEFORE, intake, waiting } from "./stand-in.js";

/** @import { Schemas } from "../src/sign-up.js" */

/** @type {Schemas["ChristmasSignup"]} */
const SIGNUP = {
  flow_id: FLOW,
  parameters: {
    email: "anna@example.com", first_name: "Anna", business_name: "Anna Bakes", assessment_score: 41,
    red_systems: 1, orange_systems: 2, yellow_systems: 3, green_systems: 2,
  },
};
const REFUSED = { status: 422, body: { detail: [{ loc: ["parameters", "email"], msg: "not a valid email address", type: "value_error" }] } };

test("a signup that is taken is sent once, with its key and without a token", async (t) => {
  const { url, seen } = await intake(t, TAKEN);
  assert.deepEqual(await signUp("k", SIGNUP, { intake: url }), { run: TAKEN.body });
  assert.deepEqual(seen, [{ path: "/api/flow_runs/", key: "k", token: undefined, body: SIGNUP }]);
});

test("one that was taken before is as good", async (t) => {
  const { url } = await intake(t, TAKEN_BEFORE);
  assert.deepEqual(await signUp("k", SIGNUP, { intake: url }), { run: TAKEN.body });
});

test("a site's server sends its token", async (t) => {
  const { url, seen } = await intake(t, TAKEN);
  await signUp("k", SIGNUP, { intake: url, token: "secret" });
  assert.equal(seen[0]?.token, "Bearer secret");
});

test("503 is tried again after Retry-After, with the same key and body", async (t) => {
  const { url, seen } = await intake(t, AWAY, AWAY, TAKEN);
  const { waits, wait } = waiting();
  assert.deepEqual(await signUp("k", SIGNUP, { intake: url, wait }), { run: TAKEN.body });
  assert.deepEqual(waits, [5000, 5000]);
  assert.deepEqual(seen, Array(3).fill({ path: "/api/flow_runs/", key: "k", token: undefined, body: SIGNUP }));
});

test("429 is tried again after Retry-After", async (t) => {
  const { url } = await intake(t, { status: 429, body: { detail: "too many requests" }, headers: { "Retry-After": "60" } }, TAKEN);
  const { waits, wait } = waiting();
  await signUp("k", SIGNUP, { intake: url, wait });
  assert.deepEqual(waits, [60_000]);
});

test("nobody waits for more than a minute", async (t) => {
  const { url, seen } = await intake(t, { status: 429, body: { detail: "too many signups" }, headers: { "Retry-After": "61" } });
  const { waits, wait } = waiting();
  assert.deepEqual(await signUp("k", SIGNUP, { intake: url, wait }), { status: 429, detail: "too many signups" });
  assert.deepEqual([seen.length, waits], [1, []]);
});

for (const refused of [REFUSED, { status: 401, body: { detail: "a token is needed" } }, { status: 404, body: { detail: "no such flow" } }]) {
  test(`${refused.status} is not tried again`, async (t) => {
    const { url, seen } = await intake(t, refused, TAKEN);
    const { wait } = waiting();
    assert.deepEqual(await signUp("k", SIGNUP, { intake: url, wait }), { status: refused.status, detail: refused.body.detail });
    assert.equal(seen.length, 1);
  });
}

test("no answer is tried again, later each time, and five times at most", async (t) => {
  const { url, seen } = await intake(t, GONE);
  const { waits, wait } = waiting();
  assert.deepEqual(await signUp("k", SIGNUP, { intake: url, wait }), { status: 0, detail: "no answer" });
  assert.deepEqual(waits, [2000, 4000, 8000, 16000]);
  assert.deepEqual(seen.map(({ key }) => key), Array(5).fill("k"));
});

test("an intake that comes back is found again", async (t) => {
  const { url } = await intake(t, GONE, AWAY, TAKEN);
  const { waits, wait } = waiting();
  assert.deepEqual(await signUp("k", SIGNUP, { intake: url, wait }), { run: TAKEN.body });
  assert.deepEqual(waits, [2000, 5000]);
});

test("a proxy's page in place of an answer is tried again", async (t) => {
  const { url } = await intake(t, { status: 502, body: "<html>bad gateway" }, { status: 201, body: "{cut o" }, TAKEN);
  const { waits, wait } = waiting();
  assert.deepEqual(await signUp("k", SIGNUP, { intake: url, wait }), { run: TAKEN.body });
  assert.deepEqual(waits, [2000, 4000]);
});

test("Retry-After as a date is no number of seconds", async (t) => {
  const { url } = await intake(t, { ...AWAY, headers: { "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" } }, TAKEN);
  const { waits, wait } = waiting();
  await signUp("k", SIGNUP, { intake: url, wait });
  assert.deepEqual(waits, [2000]);
});
