import { SYSTEMS } from "../src/assessment.js";

/**
 * The form as Anna fills it in, everything green and the box not ticked, but for these fields.
 *
 * @param {Record<string, string>} changes
 */
export function filled(changes) {
  const green = Object.fromEntries(SYSTEMS.map(({ name }) => [name, "green"]));
  const anna = { email: "anna@example.com", first_name: "Anna", business_name: "Anna Bakes", revenue_leak_total: "" };
  return new URLSearchParams({ key: "form-1", website: "", ...green, ...anna, ...changes });
}
