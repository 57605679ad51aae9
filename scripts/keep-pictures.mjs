// The last step of `npm run screenshots`: copies the pictures that the run has taken to where the README shows them.
import { copyFileSync, mkdirSync } from "node:fs";

mkdirSync("docs", { recursive: true });
for (const name of ["overview", "delivery"]) copyFileSync(`out/screenshots/readme-${name}.png`, `docs/${name}.png`);
