/** In the place of drizzle's relational queries, 2 KB of the bundle: everything here is a statement of its own. */
export class Many {}
export class One {}
export function leftOut() {
  throw new Error("drizzle's relational queries are left out of this bundle");
}
export {
  leftOut as createTableRelationsHelpers,
  leftOut as extractTablesRelationalConfig,
  leftOut as getOperators,
  leftOut as getOrderByOperators,
  leftOut as mapRelationalRow,
  leftOut as normalizeRelation,
};
