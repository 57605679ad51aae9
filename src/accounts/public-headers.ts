/** Which headers of its destinations an account shows. */
import * as z from "zod/v4";
import { isSensitiveHeader } from "../security/masking";
import { isHeaderName } from "../vocabulary/headers";

const MOST_NAMES = 20;
const LONGEST_NAME = 100;

/** Names in lower case, without duplicates. One that says of itself that it holds a secret is refused. */
export const PublicHeadersSchema = z
  .array(
    z
      .string()
      .trim()
      .toLowerCase()
      .max(LONGEST_NAME, `Use at most ${LONGEST_NAME} characters.`)
      .refine(isHeaderName, "Give a header's name, such as x-region.")
      .refine((name) => !isSensitiveHeader(name), "By its name this header holds a secret. Remove it."),
    "Give a list of header names.",
  )
  .max(MOST_NAMES, `Give at most ${MOST_NAMES} names.`)
  .transform((names) => [...new Set(names)]);
