/** @import { components } from "./public-api.js" */
/** @typedef {components["schemas"]} Schemas */
/** @typedef {{ status: number, detail: string | Schemas["Problem"][] }} Refusal */
/** @typedef {{ run: Schemas["FlowRun"] } | Refusal} Outcome */

/**
 * Sends one signup until it is taken or refused for good. Runs in Node and in browsers.
 *
 * @param {string} key What makes this signup one: the same for every attempt, another for another person.
 * @param {Schemas["Signup"]} signup
 * @param {{ intake?: string, token?: string, wait?: (ms: number) => Promise<unknown> }} [options]
 * @returns {Promise<Outcome>} The run that follows, or why there is none; status 0 if nobody answered.
 */
export async function signUp(key, signup, { intake = "https://prefect.galatek.dev", token = "", wait = sleep } = {}) {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${intake}/api/flow_runs/`, {
      method: "POST",
      credentials: "omit",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": key, // the same in every attempt
        ...(token && { Authorization: `Bearer ${token}` }), // INTAKE_TOKEN, from the site's server only
      },
      body: JSON.stringify(signup),
      signal: AbortSignal.timeout(70_000), // during a redeploy the answer is held for up to a minute
    }).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (answer?.ok && said) return { run: said }; // 201: taken. 200: it was taken before
    const seconds = Number(answer?.headers.get("Retry-After")) || 2 ** attempt;
    const final = answer && said && answer.status < 500 && answer.status !== 429;
    if (final || seconds > 60 || attempt === 5) return { status: answer?.status ?? 0, detail: said?.detail ?? "no answer" };
    await wait(seconds * 1000);
  }
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resume) => setTimeout(resume, ms));
