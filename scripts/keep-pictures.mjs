// The end of `npm run screenshots`: the README's pictures, which the run has drawn, go where the README shows them.
import { copyFileSync, mkdirSync } from "node:fs";

mkdirSync("docs", { recursive: true });
for (const name of ["overview", "delivery"]) copyFileSync(`out/screenshots/readme-${name}.png`, `docs/${name}.png`);
