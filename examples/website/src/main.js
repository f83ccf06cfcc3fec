/** `node src/main.js`: PORT (3000), INTAKE_URL (https://localhost), and INTAKE_TOKEN where the intake wants one. */

import { createSite } from "./server.js";

const { PORT = "3000", INTAKE_URL = "https://localhost", INTAKE_TOKEN } = process.env;

createSite({ intake: new URL(INTAKE_URL).origin, token: INTAKE_TOKEN }).listen(Number(PORT), () => {
  console.log(`http://localhost:${PORT} posts to ${INTAKE_URL}; /browser does so from the browser`);
});
