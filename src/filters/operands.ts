import { isObject, type Json } from "../json/json";
import { isNumber } from "../json/order";
import { nearest } from "../vocabulary/nearest";
import { type Comparison, OPERATORS } from "./filter";

type Takes = { takes: (value: Json) => boolean; message: string };

const isText = (value: Json) => typeof value === "string";
const ANYTHING: Takes = { takes: () => true, message: "" };
const ORDERED: Takes = { takes: (value) => isText(value) || isNumber(value), message: "Give a number or a text." };
const AMONG: Takes = {
  takes: (value) => (Array.isArray(value) ? value.length > 0 : !isObject(value)),
  message: "Give a list of one or more values, or a text to look for.",
};
const TEXTS: Takes = {
  takes: (value) => (Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value)),
  message: "Give a text, or a list of one or more texts.",
};
/** What each comparison can compare with; besides, all of them take `{"$ref": path}`. */
export const OPERANDS: Record<Comparison, Takes> = {
  $eq: ANYTHING,
  $neq: ANYTHING,
  $gt: ORDERED,
  $gte: ORDERED,
  $lt: ORDERED,
  $lte: ORDERED,
  $in: AMONG,
  $nin: AMONG,
  $startsWith: TEXTS,
  $endsWith: TEXTS,
};

export function unknownOperator(name: string): string {
  const meant = nearest(name, OPERATORS);
  const instead = meant ? `Did you mean ${meant}?` : `Use one of ${OPERATORS.join(", ")}.`;
  return `There is no operator ${name}. ${instead} For a member of that name write $${name}.`;
}
