import assert from "node:assert/strict";
import { test } from "node:test";

import { CONSENT, SYSTEMS, errorsOf, read } from "../src/assessment.js";
import { filled } from "./visitor.js";

test("all fourteen parameters come out of the form", () => {
  const { signup, errors } = read(filled({ direction: "red", money: "orange", marketing: "yellow", revenue_leak_total: " 14250.5 " }));
  assert.deepEqual(errors, {});
  assert.deepEqual(signup.parameters, {
    email: "anna@example.com", first_name: "Anna", business_name: "Anna Bakes", assessment_score: 75,
    red_systems: 1, orange_systems: 1, yellow_systems: 1, green_systems: 5, gps_score: 0, money_score: 33, marketing_score: 67,
    weakest_system_1: "Direction", weakest_system_2: "Money", revenue_leak_total: 14250.5,
  });
});

test("where all is well nothing is weakest, and an empty estimate is none", () => {
  const { parameters } = JSON.parse(JSON.stringify(read(filled({})).signup));
  assert.equal(parameters.assessment_score, 100);
  assert.deepEqual(Object.keys(parameters).filter((name) => /weakest|leak/.test(name)), []);
});

test("a ticked box sends the id of its words and the page, without what follows the page's address", () => {
  const { parameters } = read(filled({ consent: CONSENT.wording }), "https://galatek.example/test?utm_source=anna#top").signup;
  assert.deepEqual([parameters.consent, parameters.consent_page], [CONSENT.wording, "https://galatek.example/test"]);
});

test("without a tick, or with words that this form never showed, no consent is sent", () => {
  for (const consent of ["", "on", "2020-01"]) {
    const { parameters } = read(filled({ consent }), "https://galatek.example/").signup;
    assert.deepEqual(Object.keys(parameters).filter((name) => name.startsWith("consent")), []);
  }
});

test("a system without a colour, or with another, is asked for again", () => {
  const form = filled({ time: "blue" });
  form.delete("money");
  assert.deepEqual(read(form).errors, { money: "Please choose one.", time: "Please choose one." });
  assert.equal(Object.keys(read(new URLSearchParams()).errors).length, SYSTEMS.length);
});

test("an estimate that is no number is asked for again", () => {
  assert.deepEqual(read(filled({ revenue_leak_total: "much" })).errors, { revenue_leak_total: "Please write a number, such as 12000." });
});

test("each error of the intake stands beside its field, and what has no field above the form", () => {
  const detail = [
    { loc: ["parameters", "email"], msg: "not a valid email address: it has no @-sign", type: "value_error" },
    { loc: ["parameters", "consent"], msg: "tick the box", type: "consent_missing" },
    { loc: ["parameters", "assessment_score"], msg: "Input should be an integer.", type: "int" },
    { loc: ["flow_id"], msg: "say which flow", type: "missing" },
  ];
  assert.deepEqual(errorsOf({ status: 422, detail }), {
    email: "Not a valid email address: it has no @-sign.",
    consent: "Tick the box.",
    form: "Input should be an integer. Say which flow.",
  });
});

test("a visitor is told nothing of tokens and flows, and that nothing is lost", () => {
  for (const status of [0, 401, 404, 500, 503]) {
    assert.match(errorsOf({ status, detail: "a token is needed" }).form ?? "", /answers are still here/);
  }
  assert.match(errorsOf({ status: 429, detail: "too many requests" }).form ?? "", /come back later/);
});
