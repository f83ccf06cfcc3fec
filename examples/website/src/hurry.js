/** Who fills in a form faster than a person reads it is none. The time goes with the form, signed, so that nobody writes their own. */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Milliseconds below which nobody chooses eight colours and writes three lines. */
export const LEAST = 3000;

/** Made anew at each start: who has the form open then is asked once to press the button again. */
const KEY = randomBytes(32);

/** @param {number} now Milliseconds since 1970. */
export const stamp = (now) => `${now}.${signature(String(now))}`;

/**
 * Whether the form with this stamp was opened too short a time ago, or the stamp is none of ours.
 *
 * @param {string} stamp
 * @param {number} now
 */
export function hurried(stamp, now) {
  const [opened = "", signed = ""] = stamp.split(".");
  return !equal(signed, signature(opened)) || now - Number(opened) < LEAST;
}

/** @param {string} opened */
const signature = (opened) => createHmac("sha256", KEY).update(opened).digest("hex");

/** @param {string} one @param {string} other */
function equal(one, other) {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
