/** The operations of the API, as its OpenAPI document has them. */
import { request } from "../support/gateway";
import { unique } from "../support/tenants";

type Schema = { $ref?: string; properties?: Record<string, unknown>; allOf?: Schema[] };
type Described = {
  operationId: string;
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
type Document = {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
};

export type Operation = {
  id: string;
  method: string;
  path: string;
  /** Whether it needs an operator's key and nothing else. */
  guarded: boolean;
  /** The names of its query parameters. */
  query: string[];
  /** The names of its body's fields; null where it takes no body. */
  fields: string[] | null;
};

export async function operationsOfApi(): Promise<Operation[]> {
  const { json: document } = await request<Document>("GET", "/openapi.json");
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      id: described.operationId,
      method: method.toUpperCase(),
      path,
      guarded: described.security?.length === 1 && "operator" in (described.security[0] ?? {}),
      query: (described.parameters ?? []).filter((one) => one.in === "query").map(({ name }) => name),
      fields: fieldsOf(document, described.requestBody?.content["application/json"]?.schema),
    })),
  );
}

function fieldsOf({ components }: Pick<Document, "components">, schema: Schema | undefined): string[] | null {
  if (!schema) return null;
  const name = schema.$ref?.split("/").at(-1);
  const { properties = {}, allOf = [] } = name === undefined ? schema : (components.schemas[name] ?? {});
  return [...allOf.flatMap((part) => fieldsOf({ components }, part) ?? []), ...Object.keys(properties)];
}

const DESTINATION = { url: "https://crm.example/hook", http_method: "POST", headers: {} };

/** What each operation that takes a body takes, as little as it can be. */
export const BODIES: Record<string, (ids: Record<string, string>) => Record<string, unknown>> = {
  createAccount: () => ({ email: `${unique("mail")}@shop.example`, account_name: "Corner Shop" }),
  replaceAccount: () => ({ email: `${unique("mail")}@shop.example`, account_name: "Corner Shop" }),
  changeAccount: () => ({ account_name: "Corner Shop" }),
  rotateToken: () => ({ overlap_seconds: 60 }),
  putEventType: () => ({ description: "An order was paid.", validate: "off" }),
  createPortalLink: () => ({ expires_in_seconds: 3_600 }),
  addDestinationToAccount: () => DESTINATION,
  addDestination: (ids) => ({ ...DESTINATION, account_id: ids.account_id }),
  replaceDestination: () => DESTINATION,
  changeDestination: () => ({ description: "changed" }),
  rotateSigningSecret: () => ({ overlap_seconds: 60 }),
  deliverEvent: (ids) => ({ destination_id: ids.destination_id }),
  testFilter: () => ({ payload: { total: 1 } }),
  startRecovery: () => ({ from: "2026-01-01T00:00:00.000Z" }),
  createOperatorKey: () => ({ name: unique("key"), role: "viewer" }),
};
