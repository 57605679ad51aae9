import type { Mismatch, Unmet } from "./mismatch";

/** A mismatch in a sentence or two, for the pages and the API. It has values of the event in it. */
export function explanationOf(mismatch: Mismatch): string {
  if (mismatch.kind === "too_much_work") {
    return "The payload has more in it than a filter may look at. Make the filter simpler or the payload smaller.";
  }
  const { path, filterPath, list } = mismatch;
  const others = list && list.length > 1 ? ` None of the ${list.length} in ${list.path || "the payload"} passes.` : "";
  const where = filterPath ? ` (${filterPath})` : "";
  return `${path || "The payload"} ${findingOf(mismatch)}${where}.${others}`;
}

function findingOf({ operator, expected, reference, found }: Unmet): string {
  const is = found === null ? "is not there" : `is ${found}`;
  const wanted = reference === null ? expected : `${reference}, which is ${expected ?? "not there"}`;
  switch (operator) {
    case "$exist":
      return found === null ? is : `is there: ${found}`;
    case "$or":
      return `${is}, and none of the conditions of $or holds`;
    case "$not":
      return `${is}, which $not excludes`;
    default:
      return found === null ? is : `${is}, ${shortcoming(operator, wanted ?? "")}`;
  }
}

function shortcoming(operator: Exclude<Unmet["operator"], "$exist" | "$or" | "$not">, wanted: string): string {
  switch (operator) {
    case "equal":
    case "$eq":
      return `not ${wanted}`;
    case "$neq":
      return "which $neq excludes";
    case "$gt":
      return `not greater than ${wanted}`;
    case "$gte":
      return `not ${wanted} or greater`;
    case "$lt":
      return `not less than ${wanted}`;
    case "$lte":
      return `not ${wanted} or less`;
    case "$in":
      return wanted.startsWith('"') ? `which does not contain ${wanted}` : `not in ${wanted}`;
    case "$nin":
      return "which $nin excludes";
    case "$startsWith":
      return `which does not start with ${wanted}`;
    case "$endsWith":
      return `which does not end with ${wanted}`;
    case "object":
      return "not an object";
    case "contain":
      return "not a list with what is asked for";
    case "$and":
    case "$type":
    case "$headers":
      return "not what is asked for";
  }
}
