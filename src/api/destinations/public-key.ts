import { createRoute } from "@hono/zod-openapi";
import { findPublicKey } from "../../destinations/read-destinations";
import type { Api, Handler } from "../context";
import { jsonAnswer } from "../openapi";
import { COMMON_PROBLEMS, notFound, problemAnswer } from "../problem";
import { DestinationKeySchema, DestinationParamSchema } from "./destination-schemas";

/** A rotated key signs beside the new one for a while, mostly for longer than that. */
const CACHED_SECONDS = 300;

/** What verifies a destination's `v1a` signatures, for anybody. To be called before a key is asked for. */
export function publicKeyRoutes(api: Api): void {
  api.openapi(getPublicKeyRoute, getPublicKey);
}

const getPublicKeyRoute = createRoute({
  method: "get",
  path: "/destinations/{destination_id}/public-key",
  operationId: "readPublicKey",
  tags: ["Destinations"],
  security: [{}],
  summary: "Read the public key of a destination that is signed by `v1a`; no key is needed",
  request: { params: DestinationParamSchema },
  responses: {
    200: jsonAnswer("The public key", DestinationKeySchema),
    400: COMMON_PROBLEMS[400],
    404: problemAnswer("No such destination, or it has no public key"),
    503: COMMON_PROBLEMS[503],
  },
});

const getPublicKey: Handler<typeof getPublicKeyRoute> = async (c) => {
  const { destination_id } = c.req.valid("param");
  const publicKey = await findPublicKey(c.get("gateway"), destination_id);
  if (publicKey === null) return notFound(c, "public key");
  c.header("Cache-Control", `public, max-age=${CACHED_SECONDS}`);
  return c.json({ destination_id, public_key: publicKey }, 200);
};
