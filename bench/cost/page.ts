/** docs/cost.md and the README's paragraph, as text. Pure: the same inputs give the same page. */
import type { Counted, Measured } from "./life.ts";
import { about, inWords, thousands } from "./markdown.ts";
import { type Inputs, type Kind, kindsOf, roomOnFree } from "./plans.ts";
import { besideServers, COMPARED, lives, onFree, onPaid, servers, sources } from "./tables.ts";

export function costPage(inputs: Inputs, counted: Counted, measured: Measured): string {
  const kinds = kindsOf(counted, measured);
  return `${[
    "# What an event costs",
    `Computed by \`npm run cost\` from what \`test/cost/counted.test.ts\` counts (\`bench/cost/counted.json\`), the prices and limits in
\`bench/cost/inputs.json\`, with their sources, and measured CPU (\`bench/cost/measured.json\`). Do not edit it: a test compares it with the script.

An event is looked at from its acceptance to its removal after ${inputs.retentionDays} days. "With a retry" means that one of its deliveries arrives at
its second attempt. Money is in US dollars, before taxes; nothing of the plans is used for anything else.`,
    "## Over its life",
    lives(kinds),
    `Rows are those that D1 bills, indexes included. Calls are round trips to D1 until it is delivered; events that come at the same time share them.
The CPU is that of ${measured.source}.`,
    "## The Free plan",
    onFree(kinds, inputs),
    `The cron and the statistics of all minutes of a day are deducted. An invocation may take ${inputs.free.cpuMsAnInvocation} ms of CPU, see the table above.
"Kept" is how long events of that size can be kept at that rate until the database has ${thousands(inputs.free.databaseBytes / 1_000_000)} MB; \`RETENTION_DAYS\` has to be less.`,
    "## The paid plan",
    onPaid(kinds, inputs),
    `The plan costs $${inputs.paid.usdAMonth} a month. "Within it" is what its price includes, kept for ${inputs.retentionDays} days; "days until full" is until the database has
${inputs.paid.databaseBytes / 1_000_000_000} GB at that rate if nothing were removed. Beyond what is included, each million costs as much as the last column says.`,
    "## Beside servers",
    besideServers(kinds, inputs),
    `The gateway's column is for events of 2 KB to ${COMPARED.destinations} destinations, kept for ${inputs.retentionDays} days or as long as one database has room. The servers are the
smallest deployments found of PostgreSQL, Redis and two processes of which any one may be lost. They cost the same without any event; their traffic, updates,
backups and being woken at night are not in it, nor is whether they are fast enough.`,
    servers(inputs),
    "## Sources",
    sources(inputs),
  ].join("\n\n")}\n`;
}

/** The paragraph of the README on the Free plan, one line. */
export function freePlanParagraph(inputs: Inputs, counted: Counted, measured: Measured): string {
  const kinds = kindsOf(counted, measured).filter(({ life }) => life.retries === 0);
  const each = (say: (kind: Kind) => string) => inWords(kinds.map(say));
  const [first] = kinds;
  return [
    `- **Free plan.** An event that is delivered at first attempt to ${each(({ life }) => String(life.destinations))} destinations writes`,
    `${each(({ cost }) => String(cost.rowsWritten))} rows (${counted.rowsWrittenForAKey} more with an idempotency key), its removal included, in ${first?.life.roundTrips} D1 round trips, and uses no queue operations.`,
    `The plan's limits come to about ${each((kind) => thousands(about(roomOnFree(kind, inputs).events)))} such events a day.`,
    `A retry takes 3 of ${thousands(inputs.free.queueOperationsADay)} queue operations a day.`,
    `The database is limited to ${inputs.free.databaseBytes / 1_000_000} MB (${inputs.paid.databaseBytes / 1_000_000_000} GB on the paid plan). \`docs/cost.md\` has the whole bill, on the paid plan too.`,
  ].join(" ");
}
