import type * as z from "zod/v4";

type Issue = z.core.$ZodRawIssue;

/** What to give where a schema has no words of its own. Never the validator's, which speak of types and of itself. */
export function plainMessage(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? `This is required. ${kindOf(issue.expected)}` : kindOf(issue.expected);
    case "invalid_value":
      return `Give one of ${issue.values.map(String).join(", ")}.`;
    case "too_small":
      return `Give ${rangeOf(issue.origin, issue.minimum, "or more")}.`;
    case "too_big":
      return `Give ${rangeOf(issue.origin, issue.maximum, "or less")}.`;
    case "not_multiple_of":
      return `Give a multiple of ${issue.divisor}.`;
    case "invalid_format":
      return `This has not the form that is asked for${issue.format === "regex" ? "" : `: ${issue.format}`}.`;
    case "unrecognized_keys":
      return `There is no such field: ${issue.keys.join(", ")}.`;
    default:
      return "This value cannot be used here.";
  }
}

const KINDS: Record<string, string> = {
  string: "Give a text.",
  number: "Give a number.",
  int: "Give a whole number.",
  boolean: "Give true or false.",
  array: "Give a list.",
  object: "Give an object.",
  record: "Give an object.",
};

function kindOf(expected: string): string {
  return KINDS[expected] ?? "Give a value of another kind.";
}

function rangeOf(origin: string, bound: number | bigint, side: string): string {
  if (origin === "string") return `${bound} ${side.replace("less", "fewer")} characters`;
  if (origin === "array") return `${bound} ${side.replace("less", "fewer")} items`;
  return `a number that is ${bound} ${side}`;
}
