import { z } from "zod";
import { openDatabase } from "./db/database";
import { recordGroup } from "./deliveries/record";
import { acceptGroup } from "./events/accept";
import type { EventContext } from "./events/event";
import { logFault } from "./observability/log";
import { parseKeys } from "./security/keyring";

/**
 * All that the Worker is given, as `wrangler.toml` and its secrets name it. An unset secret closes what it guards.
 *
 * | name | what |
 * |---|---|
 * | `DB` | D1 |
 * | `QUEUE` | the wake-up queue; without it the cron's sweep carries the retries, with a minute's precision |
 * | `ADMIN_TOKEN` | the operator's first key; at least 16 characters; unset, the management API is closed |
 * | `TOKEN_KEYS`, `SEALING_KEYS` | base64 keys of 32 bytes or more, comma separated, the newest first |
 * | `ACCEPT` | `d1` (default) or `queue`: where an event is stored before it is answered |
 * | `ALLOW_PRIVATE_DESTINATIONS` | `true` for development only: destinations on this machine or a private network |
 */
const Environment = z.object({
  DB: z.custom<D1Database>((value) => typeof value === "object" && value !== null, "bind a D1 database as DB"),
  QUEUE: z.custom<Queue<unknown>>((value) => typeof value === "object" && value !== null).optional(),
  ADMIN_TOKEN: z
    .string()
    .min(16, "set it to at least 16 characters")
    .optional()
    .or(z.literal("").transform(() => undefined)),
  TOKEN_KEYS: z.string({ error: "set it to a base64 key of 32 bytes" }).transform(keys),
  SEALING_KEYS: z.string({ error: "set it to a base64 key of 32 bytes" }).transform(keys),
  ACCEPT: z.enum(["d1", "queue"]).default("d1"),
  ALLOW_PRIVATE_DESTINATIONS: z.enum(["true", "false"]).default("false"),
});

/** The parsed environment: everything that the verbs need of the outside. */
export type Gateway = EventContext & {
  tokenKeys: Uint8Array[];
  /** Null closes the management API. */
  adminToken: string | null;
  databaseAnswers: () => Promise<boolean>;
};

const gateways = new WeakMap<object, Gateway>();

/**
 * Parses the environment, once for each isolate.
 *
 * @throws an Error that names what is missing and what to set it to
 */
export function gatewayOf(env: object): Gateway {
  const known = gateways.get(env);
  if (known) return known;
  const gateway = parse(env);
  gateways.set(env, gateway);
  return gateway;
}

function parse(env: object): Gateway {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`the Worker's settings are incomplete: ${problems.join("; ")}`);
  }
  const { DB, QUEUE, ADMIN_TOKEN, TOKEN_KEYS, SEALING_KEYS, ACCEPT, ALLOW_PRIVATE_DESTINATIONS } = parsed.data;
  const db = openDatabase(DB);
  const now = Date.now;
  return {
    db,
    queue: QUEUE ?? null,
    accepts: acceptGroup(db, now),
    records: recordGroup(db, now),
    acceptInto: ACCEPT,
    adminToken: ADMIN_TOKEN ?? null,
    tokenKeys: TOKEN_KEYS,
    sealingKeys: SEALING_KEYS,
    allowPrivate: ALLOW_PRIVATE_DESTINATIONS === "true",
    fetch: (input, init) => fetch(input, init),
    now,
    random: Math.random,
    databaseAnswers: () => ping(DB),
  };
}

async function ping(database: D1Database): Promise<boolean> {
  try {
    return (await database.prepare("SELECT 1 AS up").first("up")) === 1;
  } catch (error) {
    logFault("database.no_answer", error);
    return false;
  }
}

function keys(text: string, context: z.RefinementCtx): Uint8Array[] {
  try {
    return parseKeys(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
}
