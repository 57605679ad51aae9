import * as z from "zod/v4";
import { isEventType } from "../event-types/event-type";
import { isId, parseDeliveryId } from "../vocabulary/ids";

export const TimestampSchema = z.string().openapi({ format: "date-time", example: "2026-11-24T08:30:00.000Z" });

const LIMIT_RANGE = "Give a whole number from 1 to 100.";
const LimitSchema = z.coerce.number(LIMIT_RANGE).int(LIMIT_RANGE).min(1, LIMIT_RANGE).max(100, LIMIT_RANGE).default(50);

/** The query of a list whose cursor passes `isCursor`. */
function pageSchema(isCursor: (text: string) => boolean) {
  return z.object({
    limit: LimitSchema.openapi({ description: "How many to a page", example: 50 }),
    cursor: z
      .string()
      .refine(isCursor, "Give the next_cursor of a page before, unchanged.")
      .optional()
      .openapi({ description: "`next_cursor` of the page before" }),
  });
}

export const AccountPageSchema = pageSchema((text) => /^\d{1,15}$/.test(text));
export const EventTypePageSchema = pageSchema(isEventType);
export const DestinationPageSchema = pageSchema((text) => isId("dst", text));
export const EventPageSchema = pageSchema((text) => isId("evt", text));
export const DeliveryPageSchema = pageSchema((text) => parseDeliveryId(text) !== null);
export const RecoveryPageSchema = pageSchema((text) => isId("rcv", text));
export const KeyPageSchema = pageSchema((text) => isId("key", text));
export const PortalLinkPageSchema = pageSchema((text) => isId("lnk", text));
export const AuditPageSchema = pageSchema((text) => isId("aud", text));
export const DeadLetterPageSchema = pageSchema((text) => isId("ded", text));

/** A page of a list, newest first. */
export function listSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().openapi({ description: "Where the next page begins; null on the last" }),
  });
}

/** A list that searches a bounded window for each page, and says where the search stopped. */
export function searchSchema<Item extends z.ZodType>(item: Item) {
  return listSchema(item).extend({
    searched_back_to: TimestampSchema.nullable().openapi({
      description:
        "How far back the search went, if it ended before the page was full; `next_cursor` continues from there. Null when the page is full or everything was searched",
    }),
  });
}

const TIME_FORM = "Give a time as RFC 3339, such as 2026-11-24T08:30:00.000Z.";

/**
 * A time as input: RFC 3339, parsed to milliseconds since 1970. Its letters may be lower case, and the `+` of its offset
 * may have become a space in a query.
 */
export const TimeSchema = z
  .string({ error: TIME_FORM })
  .transform((text) => text.toUpperCase().replace(/ (?=\d\d:\d\d$)/, "+"))
  .pipe(z.iso.datetime({ offset: true, error: TIME_FORM }))
  .transform((text) => Date.parse(text))
  .openapi({ type: "string", format: "date-time", example: "2026-11-24T08:30:00.000Z" });

/** A time as output: RFC 3339 in UTC with milliseconds. */
export function time(ms: number): string {
  return new Date(ms).toISOString();
}
