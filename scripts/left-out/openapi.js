/**
 * In the place of @asteasolutions/zod-to-openapi, 9 KB of the bundle: the document is made when the Worker is built, see
 * scripts/openapi.mjs.
 */
export function extendZodWithOpenApi() {}
export function getOpenApiMetadata() {}
/** Keeps the routes, by whose schemas queries and bodies are refused. */
export class OpenAPIRegistry {
  definitions = [];

  registerPath(route) {
    this.definitions.push({ type: "route", route });
  }

  registerComponent() {}
}
export class OpenApiGeneratorV3 {}
export class OpenApiGeneratorV31 {}
