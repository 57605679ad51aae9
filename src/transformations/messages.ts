import type { Fault } from "./jsonata.gen";
import { DEPTH_MAX, SIZE_MAX, STEPS_MAX } from "./meter";

/** By the codes of JSONata, and ours in words. `{token}` and `{value}` are what the fault names, `{function}` is the token as a function. */
const MESSAGES: Readonly<Record<string, string>> = {
  S0101: "The text has no closing quote",
  S0102: "{token} is too large for a number",
  S0103: "\\{token} is no escape sequence",
  S0104: "\\u needs four hexadecimal digits",
  S0105: "The name has no closing backquote",
  S0106: "The comment has no end",
  S0201: "{token} does not belong here",
  S0202: "{value} is expected here, not {token}",
  S0203: "The expression ends where {value} is expected",
  S0204: "{token} is no operator",
  S0206: "{token} does not belong here",
  S0207: "The expression ends too early",
  S0208: "A parameter of a function must begin with $",
  S0209: "A filter cannot stand behind a grouping",
  S0210: "A step can have one grouping only",
  S0211: "{token} cannot stand before a value",
  S0212: "Left of := must be a variable that begins with $",
  S0213: "{value} cannot be a step of a path",
  T0410: "An argument of {function} is of the wrong kind",
  T0411: "What {function} is applied to is of the wrong kind",
  T0412: "The list that {function} is given holds something of the wrong kind",
  D1001: "A number is too large",
  D1002: "Only a number can be negated",
  T1003: "The name of a member must be a text, not {value}",
  T1005: "{token} is no function; {function} is one",
  T1006: "What is called is no function",
  D1009: "Two members are named {value}",
  T2001: "Left of {token} must be a number",
  T2002: "Right of {token} must be a number",
  T2003: "A range must begin with a whole number",
  T2004: "A range must end with a whole number",
  T2006: "Right of ~> must be a function",
  T2007: "{value} and {value2} cannot be put in an order",
  T2008: "Only texts and numbers can be put in an order",
  T2009: "{value} and {value2} cannot be compared: they are of different kinds",
  T2010: "Only texts and numbers can be compared by {token}",
  T2011: "A transform changes objects, by an object",
  T2012: "A transform deletes the members that a list of texts names",
  D2015: "A list may have {value} items",
  D3001: "An infinite number cannot be made a text",
  D3010: "$replace cannot look for an empty text",
  D3030: "{value} is no number",
  D3050: "The function that $reduce is given must take two arguments",
  D3060: "{value} has no square root",
  D3061: "The power is too large for a number",
  D3070: "$sort needs a function, unless all are texts or all are numbers",
  D3100: "The base must be from 2 to 36",
  D3110: "{value} is no time as ISO 8601 has it",
  D3138: "$single has found more than one",
  D3139: "$single has found none",
  D3140: "The text cannot be encoded or decoded for a URL",
  BASE64: "The text is not Base64",
  PICTURE: "The picture {value} is none that is understood; one is #,##0.00",
  REGEX:
    "Regular expressions are left out: one can take hours. Use $contains, $split, $replace or $substringBefore with a text",
  LEFT_OUT: "The operator {token} is left out",
  PARTIAL: "A function cannot be called with ? for an argument; write function($x){ … }",
  SIGNATURE: "A function is written without a signature: function($x){ … }",
  NESTED: "The expression is nested too deeply",
  COPIED: "?? and ?: stand within each other too often",
  STEPS: `The expression takes more than ${STEPS_MAX.toLocaleString("en")} steps`,
  DEPTH: `The expression goes more than ${DEPTH_MAX} levels deep; does a function call itself without end?`,
  SIZE: `A value grows over ${SIZE_MAX.toLocaleString("en")} characters`,
};
const SHOWN_MAX = 100;

/** What went wrong, in a sentence for people, without the place. */
export function messageOf(fault: Fault): string {
  if (fault instanceof RangeError) return MESSAGES.DEPTH ?? "";
  const known = MESSAGES[fault.code ?? ""];
  if (known === undefined) return fault.message || "The expression cannot be evaluated";
  return known.replace(/\{(token|value|value2|function)\}/g, (_, name) =>
    name === "function" ? `$${shown(fault.token)}` : shown((fault as Record<string, unknown>)[name]),
  );
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}
