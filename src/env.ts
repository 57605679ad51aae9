import * as z from "zod/v4";
import { isSigningSecret } from "./attempts/signature";
import { KnownCatalogues } from "./catalogues/known-catalogues";
import { openDatabase } from "./db/database";
import type { AlertRoutes } from "./deliveries/alerts/alert";
import { mostInline } from "./deliveries/dispatch";
import { recordGroup } from "./deliveries/recording/record";
import { InFlight } from "./deliveries/slots/in-flight";
import { acceptGroup } from "./events/accept";
import type { EventContext } from "./events/event";
import type { Retention } from "./events/expire-events";
import { KnownTokens } from "./events/known-tokens";
import { type AccessRules, parseAccessRoles } from "./keys/access";
import { HeldBytes } from "./limits/held-bytes";
import { Limiter, type SharedLimiter } from "./limits/limiter";
import { parseLimits } from "./limits/limits";
import { LOG_LEVELS, logFault, setLogLevel } from "./observability/log";
import { parseKeys } from "./security/keyring";
import { checkOutboundUrl, type OutboundRules, parseAllowedHosts } from "./security/outbound-guard";

/** Of fetch, and, as they may be counted among these, of D1 and the queue: the lower of the numbers that are documented. */
const MOST_SUBREQUESTS = { free: 50, paid: 1_000 };

/** The part of Cloudflare's `send_email` binding that is used here. */
type Mailer = { send(mail: { from: string; to: string; subject: string; text: string }): Promise<unknown> };

/** A setting that may be left out, or empty. */
function unset<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (value === "" ? undefined : value), schema.optional());
}

/**
 * The settings and bindings, as named in `wrangler.toml` and the secrets. An unset secret closes what it guards.
 *
 * | name | what |
 * |---|---|
 * | `DB` | D1 |
 * | `QUEUE` | the wake-up queue; without it the cron's sweep carries the retries, with a minute's precision |
 * | `ADMIN_TOKEN` | the operator's first key; at least 16 visible ASCII characters; unset, only stored keys open the management API |
 * | `TOKEN_KEYS`, `SEALING_KEYS` | base64 keys of 32 bytes or more, comma separated, the newest first |
 * | `ACCEPT` | `d1` (default) or `queue`: where an event is stored before it is answered |
 * | `PLAN` | Cloudflare's plan, `free` (default) or `paid`: how many requests an invocation may make, its attempts included |
 * | `RETENTION_DAYS` | how long events are kept; 1 to 3650, 30 when unset |
 * | `AUDIT_DAYS` | how long the audit trail is kept; 1 to 3650, 365 when unset |
 * | `ACCESS_ROLES` | who comes in by Cloudflare Access, and as what: `ann@example.com=admin, @example.com=viewer`; unset, nobody |
 * | `ACCESS_AND_KEY` | `true`: the pages ask for both, the identity of Access and a key; the lower of the two roles counts |
 * | `DATABASE_LIMIT_BYTES` | where D1 ends: 10 GB, 500 MB on the Free plan |
 * | `ALERT_WEBHOOK_URL`, `ALERT_WEBHOOK_SECRET` | where operational events go, and the `whsec_…` that signs them |
 * | `EMAIL`, `ALERT_EMAIL_FROM`, `ALERT_EMAIL_TO` | a `send_email` binding and the addresses for the same |
 * | `LIMITS` | what of `limits/limits.ts` differs, such as `account=500/s, sign_in=off`; `off` lifts all |
 * | `FAILURE_LIMITER` | a rate limiting binding: counts failures for a location, not only for an isolate |
 * | `LOG_LEVEL` | `debug`, `info` (default), `warn` or `error`: from which level on lines are logged; faults always are |
 * | `PUBLIC_ORIGINS` | other origins under which this gateway is reached, comma separated: no destination may lead there |
 * | `ALLOW_PRIVATE_DESTINATIONS` | `true` for development only: destinations on this machine or a private network |
 * | `HTTPS_ONLY` | `true`: no destination over plain http |
 * | `ALLOW_PLAIN_HTTP` | `true`: plain http is answered for other hosts than this machine too, as behind a proxy that ends TLS |
 * | `ALLOWED_DESTINATIONS` | the hosts that destinations may have, comma separated, `*.example.com` for all below; unset, all |
 */
const Settings = z.object({
  DB: z.custom<D1Database>((value) => typeof value === "object" && value !== null, "bind a D1 database as DB"),
  QUEUE: z.custom<Queue<unknown>>((value) => typeof value === "object" && value !== null).optional(),
  ADMIN_TOKEN: unset(
    z.string().regex(/^[\x21-\x7e]{16,}$/, "set it to at least 16 visible ASCII characters, no blanks"),
  ),
  TOKEN_KEYS: z.string({ error: "set it to a base64 key of 32 bytes" }).transform(by(parseKeys)),
  SEALING_KEYS: z.string({ error: "set it to a base64 key of 32 bytes" }).transform(by(parseKeys)),
  ACCEPT: z.enum(["d1", "queue"]).default("d1"),
  PLAN: z.enum(["free", "paid"]).default("free"),
  RETENTION_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  AUDIT_DAYS: z.coerce.number().int().min(1).max(3650).default(365),
  DATABASE_LIMIT_BYTES: z.coerce.number().int().min(1_000_000).default(10_000_000_000),
  ALERT_WEBHOOK_URL: unset(z.url({ protocol: /^https?$/ })),
  ALERT_WEBHOOK_SECRET: unset(z.string().refine(isSigningSecret, "set it to whsec_ and base64")),
  EMAIL: z.custom<Mailer>((value) => typeof value === "object" && value !== null).optional(),
  ALERT_EMAIL_FROM: unset(z.email()),
  ALERT_EMAIL_TO: unset(z.email()),
  LIMITS: z.string().default("").transform(by(parseLimits)),
  ACCESS_ROLES: z.string().default("").transform(by(parseAccessRoles)),
  ACCESS_AND_KEY: z.enum(["true", "false"]).default("false"),
  FAILURE_LIMITER: z.custom<SharedLimiter>((value) => typeof value === "object" && value !== null).optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  PUBLIC_ORIGINS: z.string().default("").transform(hosts),
  ALLOW_PRIVATE_DESTINATIONS: z.enum(["true", "false"]).default("false"),
  HTTPS_ONLY: z.enum(["true", "false"]).default("false"),
  ALLOW_PLAIN_HTTP: z.enum(["true", "false"]).default("false"),
  ALLOWED_DESTINATIONS: z.string().default("").transform(by(parseAllowedHosts)),
});

// Alerts go the way of every event: what may not be sent would be told to nobody.
const Environment = Settings.superRefine((given, context) => {
  if (given.ALERT_WEBHOOK_URL === undefined) return;
  const verdict = checkOutboundUrl(given.ALERT_WEBHOOK_URL, { ...outboundRules(given), allowPrivate: true });
  if (!verdict.ok) context.addIssue({ code: "custom", path: ["ALERT_WEBHOOK_URL"], message: verdict.message });
});

/** The parsed environment: everything that verbs need from outside. */
export type Gateway = EventContext & {
  tokenKeys: Uint8Array[];
  /** Null where none is set: then only stored keys open the management API. */
  adminToken: string | null;
  /** Whether it does, or did within the last two seconds. */
  databaseAnswers: () => Promise<boolean>;
  bodies: HeldBytes;
  /** Hosts that lead to this gateway, besides that of the request, see `reachedAt`. */
  ownHosts: readonly string[];
  retention: Retention & { auditDays: number };
  access: AccessRules;
  plainHttpAllowed: boolean;
};

const PING_KEPT_MS = 2_000;

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

/** The gateway with the host of that URL among its own, so that no destination that is saved leads back there. */
export function reachedAt<Reached extends Gateway>(gateway: Reached, url: string): Reached {
  return { ...gateway, ownHosts: [...gateway.ownHosts, new URL(url).host] };
}

function parse(env: object): Gateway {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`the Worker's settings are incomplete: ${problems.join("; ")}`);
  }
  const given = parsed.data;
  setLogLevel(given.LOG_LEVEL);
  const db = openDatabase(given.DB);
  const now = () => Date.now();
  const inFlight = new InFlight();
  const catalogues = new KnownCatalogues();
  return {
    db,
    queue: given.QUEUE ?? null,
    accepts: acceptGroup(db, catalogues, now, mostInline(MOST_SUBREQUESTS[given.PLAN])),
    records: recordGroup(db, inFlight, now),
    inFlight,
    mostSubrequests: MOST_SUBREQUESTS[given.PLAN],
    limiter: new Limiter(given.LIMITS, given.FAILURE_LIMITER ?? null, now),
    bodies: new HeldBytes(),
    changes: { count: 0 },
    acceptInto: given.ACCEPT,
    knownTokens: new KnownTokens(),
    catalogues,
    adminToken: given.ADMIN_TOKEN ?? null,
    tokenKeys: given.TOKEN_KEYS,
    sealingKeys: given.SEALING_KEYS,
    ownHosts: given.PUBLIC_ORIGINS,
    outbound: outboundRules(given),
    plainHttpAllowed: given.ALLOW_PLAIN_HTTP === "true",
    retention: {
      days: given.RETENTION_DAYS,
      databaseLimitBytes: given.DATABASE_LIMIT_BYTES,
      auditDays: given.AUDIT_DAYS,
    },
    access: { roles: given.ACCESS_ROLES, keyAsWell: given.ACCESS_AND_KEY === "true" },
    alerts: alertRoutes(given),
    fetch: (input, init) => fetch(input, init),
    now,
    random: Math.random,
    databaseAnswers: rememberedFor(PING_KEPT_MS, now, () => ping(given.DB)),
  };
}

function outboundRules(given: z.output<typeof Settings>): OutboundRules {
  return {
    allowPrivate: given.ALLOW_PRIVATE_DESTINATIONS === "true",
    httpsOnly: given.HTTPS_ONLY === "true",
    allowedHosts: given.ALLOWED_DESTINATIONS,
  };
}

function alertRoutes(given: z.output<typeof Environment>): AlertRoutes {
  const { EMAIL: mailer, ALERT_EMAIL_FROM: from, ALERT_EMAIL_TO: to, ALERT_WEBHOOK_URL: url } = given;
  return {
    webhook: url === undefined ? null : { url, secret: given.ALERT_WEBHOOK_SECRET ?? null },
    mail:
      mailer === undefined || from === undefined || to === undefined
        ? null
        : async (subject, text) => {
            await mailer.send({ from, to, subject, text });
          },
  };
}

/** What was answered last, for so long; meanwhile nobody asks twice. */
function rememberedFor(ms: number, now: () => number, ask: () => Promise<boolean>): () => Promise<boolean> {
  let known: { answer: boolean; until: number } | null = null;
  return async () => {
    if (known !== null && now() < known.until) return known.answer;
    // whoever comes while it is asked gets the last answer: no promise is shared between requests
    if (known !== null) known.until = now() + ms;
    const answer = await ask();
    known = { answer, until: now() + ms };
    return answer;
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

/** A setting whose parser throws an Error that says how to write it. */
function by<Parsed>(read: (text: string) => Parsed) {
  return (text: string, context: z.RefinementCtx): Parsed => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  };
}

function hosts(text: string, context: z.RefinementCtx): string[] {
  const given = text.split(",").flatMap((part) => part.trim() || []);
  const unreadable = given.find((origin) => !URL.canParse(origin));
  if (unreadable !== undefined) {
    context.addIssue({ code: "custom", message: "give origins such as https://hooks.example, comma separated" });
    return z.NEVER;
  }
  return given.map((origin) => new URL(origin).host);
}
