import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import {
  beginRecovery,
  cancelRecovery,
  findRecovery,
  listRecoveries,
  MOST_COUNTED,
  type Recovery,
} from "../../deliveries/recoveries/recover";
import { RECOVERY_STATES } from "../../vocabulary/states";
import { type Api, acting, type Handler, scopeOf } from "../context";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { listSchema, RecoveryPageSchema, TimeSchema, TimestampSchema, time } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "../problem";
import { DestinationParamSchema } from "./destination-schemas";

const TAGS = ["Recoveries"];
const UNKNOWN = problemAnswer("No such recovery");
const UNKNOWN_DESTINATION = problemAnswer("No such destination");

const RecoveryParamSchema = z.object({
  recovery_id: z
    .string()
    .openapi({ param: { name: "recovery_id", in: "path" }, example: "rcv_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
});

const NewRecoverySchema = z
  .object({
    from: TimeSchema.openapi({ description: "Of events received at this time or later; not in the future" }),
    to: TimeSchema.optional().openapi({ description: "Of events received before this time; now when it is left out" }),
    unmatched: z.boolean().default(false).openapi({
      description: "With what the destination's types and filter left out; of at most 50,000 events then",
    }),
  })
  .refine(({ from, to }) => to === undefined || from < to, { path: ["to"], error: "Give a time after `from`." })
  .openapi("NewRecovery");

const RecoverySchema = z
  .object({
    recovery_id: z.string().openapi({ example: "rcv_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
    destination_id: z.string(),
    account_id: z.string(),
    state: z.enum(RECOVERY_STATES),
    unmatched: z.boolean(),
    from: TimestampSchema,
    to: TimestampSchema,
    total: z.int().openapi({ description: "Deliveries that had not arrived when it began" }),
    redelivered: z.int().openapi({ description: "How many of them have been picked up so far" }),
    remaining: z.int().openapi({
      description: `How many deliveries of that time have not arrived and are not on their way now: not picked up yet, or failed again. Counted up to ${MOST_COUNTED}`,
    }),
    created_at: TimestampSchema,
    updated_at: TimestampSchema,
  })
  .openapi("Recovery");

export function recoveryRoutes(api: Api): void {
  api.openapi(postRecoveryRoute, postRecovery);
  api.openapi(getRecoveriesRoute, getRecoveries);
  api.openapi(getRecoveryRoute, getRecovery);
  api.openapi(deleteRecoveryRoute, deleteRecovery);
}

const postRecoveryRoute = createRoute({
  method: "post",
  path: "/destinations/{destination_id}/recoveries",
  operationId: "startRecovery",
  tags: TAGS,
  security: OPERATOR,
  summary: "Send again everything that did not arrive at a destination between two times",
  request: { params: DestinationParamSchema, body: jsonBody(NewRecoverySchema) },
  responses: {
    202: jsonAnswer("It has begun", RecoverySchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN_DESTINATION,
    409: problemAnswer("The destination is paused or disabled, or has a running recovery"),
  },
});

const postRecovery: Handler<typeof postRecoveryRoute> = async (c) => {
  const { from, to, unmatched } = c.req.valid("json");
  const gateway = acting(c);
  const range = { from, to: to ?? gateway.now(), unmatched };
  const begun = await beginRecovery(gateway, c.req.valid("param").destination_id, range);
  switch (begun.kind) {
    case "begun":
      return c.json(recoveryRecord(begun.recovery), 202);
    case "destination_unknown":
      return notFound(c, "destination");
    case "destination_disabled":
      return problem(
        c,
        409,
        "destination_not_enabled",
        "The destination is paused or disabled. Resume or enable it first.",
      );
    case "already_running":
      return problem(c, 409, "recovery_running", "The destination has a running recovery. Wait for it, or cancel it.");
    case "from_in_future":
      return problem(c, 400, "invalid_input", "The input is not valid.", [
        { path: "from", message: "Give a time in the past." },
      ]);
    case "range_too_long":
      return problem(c, 400, "invalid_input", "The input is not valid.", [
        { path: "to", message: `Between these times are more than ${begun.most} events. Give a shorter time.` },
      ]);
  }
};

const getRecoveriesRoute = createRoute({
  method: "get",
  path: "/destinations/{destination_id}/recoveries",
  operationId: "listRecoveries",
  tags: TAGS,
  security: OPERATOR,
  summary: "List a destination's recoveries, newest first",
  request: { params: DestinationParamSchema, query: RecoveryPageSchema },
  responses: {
    200: jsonAnswer("A page of recoveries", listSchema(RecoverySchema)),
    ...COMMON_PROBLEMS,
    404: UNKNOWN_DESTINATION,
  },
});

const getRecoveries: Handler<typeof getRecoveriesRoute> = async (c) => {
  const page = await listRecoveries(
    c.get("gateway"),
    scopeOf(c),
    c.req.valid("param").destination_id,
    c.req.valid("query"),
  );
  if (!page) return notFound(c, "destination");
  return c.json({ data: page.recoveries.map(recoveryRecord), next_cursor: page.nextCursor }, 200);
};

const getRecoveryRoute = createRoute({
  method: "get",
  path: "/recoveries/{recovery_id}",
  operationId: "readRecovery",
  tags: TAGS,
  security: OPERATOR,
  summary: "Read how far a recovery is",
  request: { params: RecoveryParamSchema },
  responses: { 200: jsonAnswer("The recovery", RecoverySchema), ...COMMON_PROBLEMS, 404: UNKNOWN },
});

const getRecovery: Handler<typeof getRecoveryRoute> = async (c) => {
  const recovery = await findRecovery(c.get("gateway"), scopeOf(c), c.req.valid("param").recovery_id);
  return recovery ? c.json(recoveryRecord(recovery), 200) : notFound(c, "recovery");
};

const deleteRecoveryRoute = createRoute({
  method: "delete",
  path: "/recoveries/{recovery_id}",
  operationId: "cancelRecovery",
  tags: TAGS,
  security: OPERATOR,
  summary: "Cancel a recovery; what it has sent already stays sent",
  request: { params: RecoveryParamSchema },
  responses: { 200: jsonAnswer("The recovery as it ended", RecoverySchema), ...BODY_PROBLEMS, 404: UNKNOWN },
});

const deleteRecovery: Handler<typeof deleteRecoveryRoute> = async (c) => {
  const recovery = await cancelRecovery(acting(c), c.req.valid("param").recovery_id);
  return recovery ? c.json(recoveryRecord(recovery), 200) : notFound(c, "recovery");
};

function recoveryRecord(recovery: Recovery): z.output<typeof RecoverySchema> {
  return {
    recovery_id: recovery.recoveryId,
    destination_id: recovery.destinationId,
    account_id: recovery.accountId,
    state: recovery.state,
    unmatched: recovery.unmatched === 1,
    from: time(recovery.fromTime),
    to: time(recovery.toTime),
    total: recovery.total,
    redelivered: recovery.redelivered,
    remaining: recovery.remaining,
    created_at: time(recovery.createdAt),
    updated_at: time(recovery.updatedAt),
  };
}
