import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { findDelivery } from "../../deliveries/reading/read-deliveries";
import { findRecovery } from "../../deliveries/recoveries/recover";
import { findDestination } from "../../destinations/read-destinations";
import type { Gateway } from "../../env";
import { findEvent } from "../../events/read-events";
import { covers } from "../../vocabulary/account-scope";
import type { AppEnv } from "../context";
import { notFound, problem } from "../problem";

type Find = (gateway: Gateway, accounts: readonly string[], id: string) => Promise<unknown> | unknown;

/** What a path may begin with for who is limited to some accounts, and how the thing that it names is found in them. */
const FOUND_BY: Record<string, { what: string; find: Find }> = {
  accounts: { what: "account", find: (_gateway, accounts, id) => (covers(accounts, id) ? id : null) },
  destinations: { what: "destination", find: findDestination },
  events: { what: "event", find: findEvent },
  deliveries: { what: "delivery", find: findDelivery },
  recoveries: { what: "recovery", find: findRecovery },
};
/** Lists that are of one account or of all: their indexes serve nothing else. */
const OF_ONE_ACCOUNT = ["/events", "/deliveries", "/stats"];

/**
 * For an operator who is limited to some accounts, nothing else is there: what belongs to another account is not found,
 * and what is about the gateway is forbidden.
 */
export const ownAccountsOnly = createMiddleware<AppEnv>(async (c, next) => {
  const { accounts } = c.get("operator");
  if (accounts === null) return next();
  const [, kind = "", id] = c.req.path.split("/");
  if (id === undefined && (await isOwnList(c, accounts))) return next();
  const found = id === undefined ? undefined : FOUND_BY[kind];
  if (found === undefined) return forbidden(c, accounts);
  return (await found.find(c.get("gateway"), accounts, id ?? "")) ? next() : notFound(c, found.what);
});

/** Lists that the handler keeps to these accounts, and a destination that is added to one of them. */
async function isOwnList(c: Context<AppEnv>, accounts: readonly string[]): Promise<boolean> {
  const { path, method } = c.req;
  if (path === "/destinations") return true;
  if (method !== "GET") return false;
  if (path === "/accounts" || path === "/audit") return true;
  if (!OF_ONE_ACCOUNT.includes(path)) return false;
  const { account_id, destination_id } = c.req.query();
  if (account_id !== undefined) return covers(accounts, account_id.trim());
  if (destination_id !== undefined && path === "/stats") {
    return (await findDestination(c.get("gateway"), accounts, destination_id.trim())) !== null;
  }
  return accounts.length === 1 && path !== "/stats";
}

function forbidden(c: Context<AppEnv>, accounts: readonly string[]) {
  const message = `This key is limited to ${accounts.length === 1 ? "the account" : "the accounts"} ${accounts.join(", ")}. Name one of them (account_id), or use a key without that limit.`;
  return problem(c, 403, "account_limit", message);
}
