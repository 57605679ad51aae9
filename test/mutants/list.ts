import { ACCESS } from "./access.ts";
import { CATALOGUES } from "./catalogues.ts";
import { CRASHES } from "./crashes.ts";
import { FILTERS } from "./filters.ts";
import { LEASES } from "./leases.ts";
import type { Mutant } from "./mutant.ts";
import { PAUSES } from "./pauses.ts";
import { PROTECTIONS } from "./protections.ts";
import { SCHEDULES } from "./schedules.ts";
import { STATEMENTS } from "./statements.ts";
import { STORAGE } from "./storage.ts";
import { TRANSFORMATIONS } from "./transformations.ts";
import { WANTED } from "./wanted.ts";

/** What has gone wrong once, or could: one small bug for each promise that the code between the doors keeps. */
export const MUTANTS: readonly Mutant[] = [
  ...LEASES,
  ...SCHEDULES,
  ...PROTECTIONS,
  ...CRASHES,
  ...STATEMENTS,
  ...STORAGE,
  ...ACCESS,
  ...FILTERS,
  ...TRANSFORMATIONS,
  ...WANTED,
  ...CATALOGUES,
  ...PAUSES,
];
