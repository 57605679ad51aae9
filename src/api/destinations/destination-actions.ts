import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import { pause, resume } from "../../destinations/activation";
import { MOST_SECRETS, rotateSecret } from "../../destinations/rotate-secret";
import { sendTest } from "../../events/send-test";
import { OverlapSchema } from "../accounts/account-schemas";
import { type Api, acting, type Handler } from "../context";
import {
  DeliveryWithAttemptsSchema,
  deliveryWithAttempts,
  RequestSchema,
  requestRecord,
} from "../deliveries/delivery-schemas";
import { jsonAnswer, jsonBody, OPERATOR } from "../openapi";
import { time } from "../paging";
import { BODY_PROBLEMS, notFound, problem, problemAnswer } from "../problem";
import { accountSuspended, change, changedMeanwhile } from "./change";
import { DestinationParamSchema, DestinationSchema, NewSecretSchema } from "./destination-schemas";

const TAGS = ["Destinations"];
const UNKNOWN = problemAnswer("No such destination");
const CHANGED = problemAnswer("Somebody else changed it in the meantime, or its account is suspended");

const TestSchema = z
  .object({ event_id: z.string(), request: RequestSchema.nullable(), delivery: DeliveryWithAttemptsSchema })
  .openapi("Test");

/** What can be done with a destination besides changing its settings: activation, pause, secrets, tests. */
export function destinationActionRoutes(api: Api): void {
  api.openapi(putActivationRoute, putActivation);
  api.openapi(deleteActivationRoute, deleteActivation);
  api.openapi(putPauseRoute, putPause);
  api.openapi(deletePauseRoute, deletePause);
  api.openapi(postSecretRoute, postSecret);
  api.openapi(postTestRoute, postTest);
}

const SWITCH = {
  tags: TAGS,
  security: OPERATOR,
  request: { params: DestinationParamSchema },
  responses: {
    200: jsonAnswer("The destination", DestinationSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN,
    409: CHANGED,
  },
};
const ACTIVATION = { ...SWITCH, path: "/destinations/{destination_id}/activation" as const };
const PAUSE = { ...SWITCH, path: "/destinations/{destination_id}/pause" as const };

const putActivationRoute = createRoute({
  ...ACTIVATION,
  method: "put",
  operationId: "enableDestination",
  summary: "Enable a destination",
});

const putActivation: Handler<typeof putActivationRoute> = (c) =>
  change(c, c.req.valid("param").destination_id, () => ({ enabled: true }));

const deleteActivationRoute = createRoute({
  ...ACTIVATION,
  method: "delete",
  operationId: "disableDestination",
  summary: "Disable a destination; its deliveries are kept as discarded in the meantime",
});

const deleteActivation: Handler<typeof deleteActivationRoute> = (c) =>
  change(c, c.req.valid("param").destination_id, () => ({ enabled: false }));

const putPauseRoute = createRoute({
  ...PAUSE,
  method: "put",
  operationId: "pauseDestination",
  summary: "Pause a destination: what comes for it waits until it is resumed",
});

const putPause: Handler<typeof putPauseRoute> = (c) => change(c, c.req.valid("param").destination_id, pause);

const deletePauseRoute = createRoute({
  ...PAUSE,
  method: "delete",
  operationId: "resumeDestination",
  summary: "Resume a destination: what waits goes out, the oldest event first",
});

const deletePause: Handler<typeof deletePauseRoute> = (c) => change(c, c.req.valid("param").destination_id, resume);

const postSecretRoute = createRoute({
  method: "post",
  path: "/destinations/{destination_id}/secrets",
  operationId: "rotateSigningSecret",
  tags: TAGS,
  security: OPERATOR,
  summary: "Make a new signing secret; the current one goes on signing beside it for a while",
  request: { params: DestinationParamSchema, body: { ...jsonBody(OverlapSchema), required: false } },
  responses: {
    201: jsonAnswer("The new secret", NewSecretSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN,
    409: problemAnswer("Somebody else changed it in the meantime, or it has the most live secrets that it can"),
  },
});

const postSecret: Handler<typeof postSecretRoute> = async (c) => {
  const { destination_id } = c.req.valid("param");
  const { overlap_seconds } = OverlapSchema.parse(c.req.valid("json") ?? {});
  const rotated = await rotateSecret(acting(c), destination_id, overlap_seconds);
  switch (rotated.kind) {
    case "rotated":
      return c.json(
        {
          destination_id,
          signing_secret: rotated.signingSecret,
          old_secrets_end_at: time(rotated.oldSecretsEndAt),
        },
        201,
      );
    case "unknown":
      return notFound(c, "destination");
    case "too_many_secrets":
      return problem(
        c,
        409,
        rotated.kind,
        `A destination has at most ${MOST_SECRETS} live signing secrets. The first ends at ${time(rotated.firstEndsAt)}: wait until then, or end the current one at once with an overlap_seconds of 0.`,
      );
    case "changed_meanwhile":
      return changedMeanwhile(c);
  }
};

const postTestRoute = createRoute({
  method: "post",
  path: "/destinations/{destination_id}/tests",
  operationId: "testDestination",
  tags: TAGS,
  security: OPERATOR,
  summary: "Send a signed test event and show the request and the answer",
  request: { params: DestinationParamSchema },
  responses: {
    200: jsonAnswer("What was sent and what came back", TestSchema),
    ...BODY_PROBLEMS,
    404: UNKNOWN,
    409: problemAnswer("Its account is suspended"),
  },
});

const postTest: Handler<typeof postTestRoute> = async (c) => {
  const tested = await sendTest(acting(c), c.req.valid("param").destination_id);
  if (tested.kind === "unknown") return notFound(c, "destination");
  if (tested.kind === "account_suspended") return accountSuspended(c);
  return c.json(
    {
      event_id: tested.eventId,
      request: tested.request && requestRecord(tested.request),
      delivery: deliveryWithAttempts(tested.delivery),
    },
    200,
  );
};
