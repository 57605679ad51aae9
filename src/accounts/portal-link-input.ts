/** Validation of a new portal link, shared by the API and the pages. */
import * as z from "zod/v4";
import { isOneLine, NOT_ONE_LINE } from "../vocabulary/one-line";
import { PORTAL_ROLES, type PortalRole } from "../vocabulary/roles";

const NAME_MAX = 100;
const DAY_SECONDS = 86_400;

export const PortalLinkFields = {
  expires_in_seconds: z
    .int()
    .min(60)
    .max(30 * DAY_SECONDS)
    .default(DAY_SECONDS),
  name: z
    .string()
    .trim()
    .max(NAME_MAX, `Use at most ${NAME_MAX} characters.`)
    .refine(isOneLine, NOT_ONE_LINE)
    .default(""),
  role: z.enum(PORTAL_ROLES, { error: "Give a role: editor or viewer." }).default("editor"),
  single_use: z.boolean().default(false),
};

export type PortalLinkInput = { expiresInSeconds: number; name: string; role: PortalRole; singleUse: boolean };

export function portalLinkInputOf(given: {
  expires_in_seconds: number;
  name: string;
  role: PortalRole;
  single_use: boolean;
}): PortalLinkInput {
  const { expires_in_seconds, single_use, ...same } = given;
  return { ...same, expiresInSeconds: expires_in_seconds, singleUse: single_use };
}
