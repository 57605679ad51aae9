/**
 * In the place of zod's writing of JSON Schema, 8 KB of the bundle that nothing here calls: the OpenAPI document is made by
 * @asteasolutions/zod-to-openapi. What schemas know of their own limits stays zod's.
 */
export { aggregateChecks } from "../../node_modules/zod/v4/core/json-schema-processors.js";

export function toJSONSchema() {
  throw new Error("toJSONSchema is left out of this bundle");
}
export const createToJSONSchemaMethod = () => toJSONSchema;
export const createStandardJSONSchemaMethod = () => toJSONSchema;

export {
  toJSONSchema as initializeContext,
  toJSONSchema as handleUnrepresentable,
  toJSONSchema as processSchema,
  toJSONSchema as extractDefs,
  toJSONSchema as finalize,
  toJSONSchema as JSONSchemaGenerator,
  toJSONSchema as anyProcessor,
  toJSONSchema as arrayProcessor,
  toJSONSchema as bigintProcessor,
  toJSONSchema as booleanProcessor,
  toJSONSchema as catchProcessor,
  toJSONSchema as customProcessor,
  toJSONSchema as dateProcessor,
  toJSONSchema as defaultProcessor,
  toJSONSchema as enumProcessor,
  toJSONSchema as fileProcessor,
  toJSONSchema as functionProcessor,
  toJSONSchema as intersectionProcessor,
  toJSONSchema as lazyProcessor,
  toJSONSchema as literalProcessor,
  toJSONSchema as mapProcessor,
  toJSONSchema as nanProcessor,
  toJSONSchema as neverProcessor,
  toJSONSchema as nonoptionalProcessor,
  toJSONSchema as nullProcessor,
  toJSONSchema as nullableProcessor,
  toJSONSchema as numberProcessor,
  toJSONSchema as objectProcessor,
  toJSONSchema as optionalProcessor,
  toJSONSchema as pipeProcessor,
  toJSONSchema as prefaultProcessor,
  toJSONSchema as promiseProcessor,
  toJSONSchema as readonlyProcessor,
  toJSONSchema as recordProcessor,
  toJSONSchema as setProcessor,
  toJSONSchema as stringProcessor,
  toJSONSchema as successProcessor,
  toJSONSchema as symbolProcessor,
  toJSONSchema as templateLiteralProcessor,
  toJSONSchema as transformProcessor,
  toJSONSchema as tupleProcessor,
  toJSONSchema as undefinedProcessor,
  toJSONSchema as unionProcessor,
  toJSONSchema as unknownProcessor,
  toJSONSchema as voidProcessor,
};
