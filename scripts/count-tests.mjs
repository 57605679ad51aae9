// Prints the sum of all vitest runs, one JSON report a run in out/tests, as the last line: "N passed, N failed".
import { existsSync, readdirSync, readFileSync } from "node:fs";

const REPORTS = "out/tests";

let passed = 0;
let failed = 0;
for (const name of existsSync(REPORTS) ? readdirSync(REPORTS) : []) {
  const report = JSON.parse(readFileSync(`${REPORTS}/${name}`, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A file that could not even be loaded has no tests to count, and must not go unnoticed.
  failed += report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
}
console.log(`${passed} passed, ${failed} failed`);
