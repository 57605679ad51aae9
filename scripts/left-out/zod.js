/**
 * In the place of zod where @hono/zod-openapi takes it whole, which nothing here needs. The schemas are made by
 * "zod/v4", of which the bundle has what they use.
 */
export const z = {};
