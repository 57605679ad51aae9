/** Validation of an operator's key, shared by the API and the pages. */
import { z } from "zod";
import { isOneLine, NOT_ONE_LINE } from "../vocabulary/one-line";
import { OPERATOR_ROLES } from "../vocabulary/roles";

const NAME_MAX = 100;

export const KeyFields = {
  name: z
    .string({ error: "Give a name." })
    .trim()
    .min(1, "Give a name.")
    .max(NAME_MAX, `Use at most ${NAME_MAX} characters.`)
    .refine(isOneLine, NOT_ONE_LINE),
  role: z.enum(OPERATOR_ROLES, { error: "Give a role: admin or viewer." }),
};
