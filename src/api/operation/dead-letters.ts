import { createRoute } from "@hono/zod-openapi";
import * as z from "zod/v4";
import {
  DEAD_LETTER_REASONS,
  type DeadLetter,
  describeDeadLetter,
  listDeadLetters,
  resendDeadLetter,
} from "../../deliveries/dead-letters/dead-letters";
import { type Api, acting, type Handler } from "../context";
import { jsonAnswer, OPERATOR } from "../openapi";
import { DeadLetterPageSchema, listSchema, TimestampSchema, time } from "../paging";
import { BODY_PROBLEMS, COMMON_PROBLEMS, notFound, problem, problemAnswer } from "../problem";

const TAGS = ["Operation"];

const DeadLetterParamSchema = z.object({
  dead_letter_id: z
    .string()
    .openapi({ param: { name: "dead_letter_id", in: "path" }, example: "ded_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
});

const DeadLetterSchema = z
  .object({
    dead_letter_id: z.string().openapi({ example: "ded_01JDQ8XK3V7M9T2B4C6D8F0GHJ" }),
    message_id: z.string(),
    kind: z.string().openapi({
      description: "`accept` is an event that is not stored yet; the others are only wake-ups",
      example: "accept",
    }),
    event_id: z.string().nullable(),
    reason: z
      .string()
      .openapi({ description: `One of ${DEAD_LETTER_REASONS.map((reason) => `\`${reason}\``).join(", ")}` }),
    created_at: TimestampSchema,
  })
  .openapi("DeadLetter");

export function deadLetterRoutes(api: Api): void {
  api.openapi(getDeadLettersRoute, getDeadLetters);
  api.openapi(postDeadLetterRedeliveryRoute, postDeadLetterRedelivery);
}

const getDeadLettersRoute = createRoute({
  method: "get",
  path: "/dead-letters",
  operationId: "listDeadLetters",
  tags: TAGS,
  security: OPERATOR,
  summary: "List queue messages that could not be processed, newest first",
  request: { query: DeadLetterPageSchema },
  responses: { 200: jsonAnswer("A page of dead letters", listSchema(DeadLetterSchema)), ...COMMON_PROBLEMS },
});

const getDeadLetters: Handler<typeof getDeadLettersRoute> = async (c) => {
  const page = await listDeadLetters(c.get("gateway"), c.req.valid("query"));
  return c.json({ data: page.deadLetters.map(deadLetterRecord), next_cursor: page.nextCursor }, 200);
};

const postDeadLetterRedeliveryRoute = createRoute({
  method: "post",
  path: "/dead-letters/{dead_letter_id}/redeliveries",
  operationId: "redeliverDeadLetter",
  tags: TAGS,
  security: OPERATOR,
  summary: "Put a dead letter back into the queue",
  request: { params: DeadLetterParamSchema },
  responses: {
    204: { description: "It is back in the queue and no longer in the list" },
    ...BODY_PROBLEMS,
    404: problemAnswer("No such dead letter"),
    409: problemAnswer("No queue is bound"),
  },
});

const postDeadLetterRedelivery: Handler<typeof postDeadLetterRedeliveryRoute> = async (c) => {
  const resent = await resendDeadLetter(acting(c), c.req.valid("param").dead_letter_id);
  switch (resent.kind) {
    case "resent":
      return c.body(null, 204);
    case "unknown":
      return notFound(c, "dead letter");
    case "no_queue":
      return problem(c, 409, "no_queue", "No queue is bound to this Worker. Bind one as QUEUE.");
  }
};

/** A dead letter without its payload, which only its account may read. */
function deadLetterRecord(letter: DeadLetter): z.output<typeof DeadLetterSchema> {
  const { kind, eventId } = describeDeadLetter(letter);
  return {
    dead_letter_id: letter.deadLetterId,
    message_id: letter.messageId,
    kind,
    event_id: eventId,
    reason: letter.reason,
    created_at: time(letter.createdAt),
  };
}
