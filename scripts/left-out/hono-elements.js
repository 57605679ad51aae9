/** In the place of the elements that hono moves into the head or gives actions, as React does: here each is just itself. */
export const components_exports = {};
