import type { FieldError } from "../errors/field-error";
import { isMasked } from "../security/masked-url";
import { leftoverMasks, type OpenHeaders } from "../security/masking";
import { checkOutboundUrl } from "../security/outbound-guard";
import type { DestinationContext } from "./destination";
import { checkHeaders } from "./headers";

/**
 * Everything that makes a destination unusable: where its URL leads, headers that HTTP does not allow, and `***` with
 * nothing behind it, as after a `moved` URL.
 */
export function checkDestination(
  input: { url: string; headers: OpenHeaders },
  { outbound, ownHosts }: Pick<DestinationContext, "outbound" | "ownHosts">,
  moved = false,
): FieldError[] {
  const errors = checkHeaders(input.headers.reveal());
  const anew = moved
    ? "Give the value anew: the URL leads to another host, and a stored value stays with the one it was given for."
    : 'Give the value itself: "***" stands for a stored one, and none is stored.';
  const url = checkOutboundUrl(input.url, outbound);
  if (!url.ok) errors.push({ path: "url", message: url.message });
  else if (leadsBack(input.url, ownHosts)) {
    errors.push({
      path: "url",
      message: "This is the gateway itself: its events would loop. Give another URL.",
    });
  } else if (isMasked(input.url)) errors.push({ path: "url", message: `In the query: ${anew}` });
  for (const name of leftoverMasks(input.headers)) errors.push({ path: `headers.${name}`, message: anew });
  return errors;
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(?=:|$)/;

/** Whatever the scheme, and by any name of the loopback address. */
function leadsBack(url: string, ownHosts: readonly string[]): boolean {
  const plain = (host: string) => host.toLowerCase().replace(LOOPBACK, "localhost");
  return ownHosts.map(plain).includes(plain(new URL(url).host));
}
