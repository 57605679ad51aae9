/** In the place of drizzle's names in snake or camel case: the columns here have their own. */
export class CasingCache {
  getColumnCasing(column) {
    return column.name;
  }
}
