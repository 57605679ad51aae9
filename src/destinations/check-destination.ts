import type { FieldError } from "../errors/field-error";
import { leftoverMasks } from "../security/masking";
import { checkOutboundUrl } from "../security/outbound-guard";
import type { DestinationInput } from "./destination";
import { checkHeaders } from "./headers";

/** Everything that makes a destination unfit to be called: where it leads, and what HTTP would not carry. */
export function checkDestination(
  input: Pick<DestinationInput, "url" | "headers">,
  allowPrivate: boolean,
): FieldError[] {
  const errors = checkHeaders(input.headers);
  const url = checkOutboundUrl(input.url, { allowPrivate });
  if (!url.ok) errors.push({ path: "url", message: url.message });
  for (const name of leftoverMasks(input.headers)) {
    errors.push({
      path: `headers.${name}`,
      message: 'Give the value itself: "***" stands for a stored one, and none is stored.',
    });
  }
  return errors;
}
