import { VERSION } from "../vocabulary/version";
import type { Api } from "./context";

/** Of OpenAPI 3.1; the types of the library know the fields of 3.0 alone. */
const LICENSE: { name: string; identifier: string } = { name: "MIT", identifier: "MIT" };

/**
 * The document that the routes' own schemas make. In the built Worker another module stands in the place of this one: it
 * answers with the document that was made when the Worker was built, see scripts/openapi.mjs.
 *
 * @param _assets the Worker's static assets, which that other module reads
 */
export async function documentOf(api: Api, _assets?: Fetcher): Promise<object> {
  return api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Data Pusher",
      version: VERSION,
      description: "A webhook gateway: one JSON event in, every destination of its account gets it.",
      license: LICENSE,
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "Receiving", description: "Where accounts send their events" },
      { name: "Accounts", description: "Tenants, each with a secret token" },
      { name: "Destinations", description: "Where an account's events go" },
      { name: "Events", description: "Accepted events" },
      { name: "Deliveries", description: "One event sent to one destination" },
      { name: "Recoveries", description: "Resending what did not arrive" },
      { name: "Keys", description: "Operators' keys" },
      { name: "Operation", description: "The state of the gateway" },
    ],
  });
}
