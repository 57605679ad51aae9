/**
 * In the place of what drizzle brings for other ways of use, 4 KB of the bundle: enums of Postgres, columns made by a
 * function of a table, queries by relations. Everything here is SQLite's, made of imported columns, and a statement of its own.
 */
export const isPgEnum = () => false;
export { leftOut as getPgColumnBuilders, leftOut as getSQLiteColumnBuilders };
export class RelationalQueryBuilder {}

function leftOut() {
  throw new Error("this part of drizzle is left out of this bundle");
}
