/**
 * What exists is not known when inputs are made, so they name it by kind and number, the newest first: `{{event_id.3}}`.
 * It is looked up when the input is sent, among what answers have told of.
 */
import fc from "fast-check";

const KINDS = [
  "account_id",
  "destination_id",
  "event_id",
  "event_type",
  "delivery_id",
  "recovery_id",
  "dead_letter_id",
  "key_id",
  "token_id",
  "portal_link_id",
  "app_secret_token",
  "operator_key",
  "next_cursor",
  "attempts_next_cursor",
  "url",
  "email",
  "form_token",
  "session",
] as const;
type Kind = (typeof KINDS)[number];

/** What fields and parameters of other names hold. */
const ALSO: Record<string, Kind> = {
  account: "account_id",
  link_id: "portal_link_id",
  cursor: "next_cursor",
  attempts_cursor: "attempts_next_cursor",
  confirm: "account_id",
  key: "operator_key",
  id: "delivery_id",
};
/** How many of a kind are kept, the latest. */
const KEPT = 12;

/** An id or the like for a field or parameter of that name; null where it is none. */
export function idLike(name: string): fc.Arbitrary<string> | null {
  const kind = ALSO[name] ?? KINDS.find((one) => one === name);
  return kind ? fc.nat({ max: KEPT - 1 }).map((number) => `{{${kind}.${number}}}`) : null;
}

/** What there is, as far as answers told. */
export class Known {
  private readonly byKind = new Map<string, string[]>(KINDS.map((kind) => [kind, []]));

  add(kind: string, value: unknown): void {
    const values = this.byKind.get(kind);
    if (!values || typeof value !== "string" || value.length > 500 || values.includes(value)) return;
    values.push(value);
    if (values.length > KEPT) values.shift();
  }

  /** Keeps whatever a JSON answer names. */
  learn(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      this.add(name, inner);
      this.learn(inner);
    }
  }

  /** A text with what it asks for in its place; what there is none of is left as it is. */
  fill(text: string): string {
    return text.replace(/\{\{(\w+)\.(\d+)\}\}/g, (asked, kind: string, number: string) => {
      const values = this.byKind.get(kind) ?? [];
      return values.length === 0 ? asked : (values.at(-1 - (Number(number) % values.length)) ?? asked);
    });
  }
}
