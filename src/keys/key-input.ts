/** Validation of an operator's key, shared by the API and the pages. */
import * as z from "zod/v4";
import { isOneLine, NOT_ONE_LINE } from "../vocabulary/one-line";
import { OPERATOR_ROLES } from "../vocabulary/roles";

const NAME_MAX = 100;
const ACCOUNTS_MAX = 100;
const EXPIRY_MIN_SECONDS = 60;
const EXPIRY_MAX_SECONDS = 10 * 366 * 86_400;
const EXPIRY_RANGE = `Give whole seconds from ${EXPIRY_MIN_SECONDS} to ${EXPIRY_MAX_SECONDS}, or leave it out: then it does not expire.`;

export const KeyFields = {
  name: z
    .string({ error: "Give a name." })
    .trim()
    .min(1, "Give a name.")
    .max(NAME_MAX, `Use at most ${NAME_MAX} characters.`)
    .refine(isOneLine, NOT_ONE_LINE),
  role: z.enum(OPERATOR_ROLES, { error: "Give a role: viewer, editor or admin." }),
  expires_in_seconds: z
    .int({ error: EXPIRY_RANGE })
    .min(EXPIRY_MIN_SECONDS, { error: EXPIRY_RANGE })
    .max(EXPIRY_MAX_SECONDS, { error: EXPIRY_RANGE })
    .nullable(),
  accounts: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "Give an account's id: 1 to 64 letters, digits, - and _."))
    .min(1, "Name at least one account, or leave it out: then the key is for all.")
    .max(ACCOUNTS_MAX, `Name at most ${ACCOUNTS_MAX} accounts.`)
    .nullable(),
};
