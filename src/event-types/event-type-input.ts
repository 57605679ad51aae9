/** Validation of what accounts and destinations say of types, by their names on the wire. */
import * as z from "zod/v4";
import { parsePath, pathText } from "../json/path";
import { isHeaderName } from "../vocabulary/headers";
import { EVENT_TYPE_MAX } from "./event-type";
import { isPattern } from "./subscription";

const MOST_PATTERNS = 50;
const LONGEST_HEADER = 100;
const PATTERN = `Give a type, such as invoice.paid, or how types begin, such as order.*: at most ${EVENT_TYPE_MAX} characters without spaces.`;
const PATH = 'Give the path of a text in the payload, such as type or data["event-type"].';

/** The types that a destination subscribes to, each once. */
export const EventTypesSchema = z
  .array(z.string({ error: PATTERN }).trim().refine(isPattern, PATTERN), "Give a list of event types.")
  .max(MOST_PATTERNS, `Give at most ${MOST_PATTERNS} types.`)
  .transform((patterns) => [...new Set(patterns)]);

/** Of names that have nothing in them for which JSON needs a backslash, or a path more than quotes. */
const NAME = /^[^"\\[\]\p{Cc}\p{Cs}]+$/u;

/** The path of an account's events to their type, with quotes only where it needs them. */
export const EventTypePathSchema = z
  .string({ error: PATH })
  .trim()
  .transform((text, context) => {
    const steps = parsePath(text) ?? [];
    const plain = steps.flatMap((step) =>
      step !== null && (typeof step === "number" || NAME.test(step)) ? [step] : [],
    );
    if (plain.length > 0 && plain.length === steps.length) return pathText(plain);
    context.addIssue({ code: "custom", message: PATH });
    return z.NEVER;
  })
  .nullable();

/** The name of a header that has the type of an account's events, in lower case. */
export const EventTypeHeaderSchema = z
  .string({ error: "Give the name of a header, such as x-event-type." })
  .trim()
  .toLowerCase()
  .max(LONGEST_HEADER, `Use at most ${LONGEST_HEADER} characters.`)
  .refine(isHeaderName, "Give the name of a header, such as x-event-type.")
  .nullable();
