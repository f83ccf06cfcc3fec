import { createServer } from "node:http";

/** @import { AddressInfo } from "node:net" */
/** @import { Server } from "node:http" */
/** @import { TestContext } from "node:test" */
/** @import { Schemas } from "../src/sign-up.js" */
/** @typedef {{ status: number, body?: unknown, headers?: Record<string, string> }} Answer */
/** @typedef {{ path: string, key: string | undefined, token: string | undefined, body: Schemas["ChristmasSignup"] }} Seen */

/** @type {Schemas["FlowRun"]} */
const RUN = {
  id: "3f0c1a52-7d3c-4a4e-9a51-4a2b6c1d7e11",
  created: "2026-12-01T09:30:00Z",
  updated: "2026-12-01T09:30:00Z",
  name: "christmas-signup-handler-3f0c1a52",
  flow_id: "ec71b1c3-1cd0-5983-a9b2-19ad50aacc56",
  deployment_id: "819e36e0-fafd-5f39-96e8-2fed61cdb72b",
  parameters: { email: "anna@example.com" },
  state: { type: "SCHEDULED", name: "Scheduled", timestamp: "2026-12-01T09:30:00Z", message: null },
  state_type: "SCHEDULED",
  state_name: "Scheduled",
  tags: [],
  idempotency_key: "k",
};

export const TAKEN = { status: 201, body: RUN };
export const TAKEN_BEFORE = { status: 200, body: RUN };
export const TAKEN_FOR_OTHERS = { status: 200, body: { ...RUN, parameters: {} } };
export const AWAY = { status: 503, body: { detail: "not available for a moment: send it again" }, headers: { "Retry-After": "5" } };
/** The connection ends without a word. */
export const GONE = { status: 0 };

/**
 * An intake that gives these answers one after the other, the last one for ever; `seen` is what it was sent.
 *
 * @param {TestContext} test
 * @param {Answer[]} answers
 */
export async function intake(test, ...answers) {
  /** @type {Seen[]} */
  const seen = [];
  const url = await listening(
    test,
    createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { "idempotency-key": key, authorization: token } = request.headers;
      seen.push({ path: request.url ?? "", key: key?.toString(), token, body: JSON.parse(body) });
      const answer = answers[Math.min(seen.length, answers.length) - 1];
      if (!answer?.status) return request.socket.destroy();
      response.writeHead(answer.status, { "Content-Type": "application/json", ...answer.headers });
      response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    }),
  );
  return { url, seen };
}

/**
 * @param {TestContext} test
 * @param {Server} server
 * @returns {Promise<string>} Its address, until the test ends.
 */
export async function listening(test, server) {
  await new Promise((resume) => server.listen(0, "127.0.0.1", () => resume(undefined)));
  test.after(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${/** @type {AddressInfo} */ (server.address()).port}`;
}

/** Waits for nothing and remembers for how long it should have. */
export function waiting() {
  /** @type {number[]} */
  const waits = [];
  return { waits, wait: async (/** @type {number} */ ms) => void waits.push(ms) };
}
