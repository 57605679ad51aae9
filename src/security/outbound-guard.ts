/**
 * Where data may be sent. In production `global_fetch_strictly_public` is a second line of defence; a local Worker has
 * none and reaches whatever its machine reaches. A public name that resolves to a private address is not caught here.
 */
import ipaddr from "ipaddr.js";

const MAX_URL_LENGTH = 2048;
/** RFC 6761, 6762, 7686, 8375 and ICANN's reservation of `.internal`. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".internal", ".home.arpa", ".onion"];

export type OutboundVerdict = { ok: true; url: URL } | { ok: false; message: string };

/**
 * Whether a destination may have this URL: http or https, at most 2,048 characters (as given and as normalised), no user
 * info, and a host of the public internet. The returned URL is the normalised one (WHATWG URL) without its fragment.
 * `allowPrivate`, for development, permits private addresses and names; the other rules stay. A message is a sentence for
 * the user.
 */
export function checkOutboundUrl(text: string, options: { allowPrivate: boolean }): OutboundVerdict {
  const tooLong = refuse(`The URL is longer than ${MAX_URL_LENGTH} characters: shorten it`);
  if (text.length > MAX_URL_LENGTH) return tooLong;
  const url = URL.parse(text);
  if (url === null) return refuse("This is not a URL: give a full one such as https://example.com/webhook");
  url.hash = "";
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refuse("The URL must start with https:// or http://");
  if (url.username !== "" || url.password !== "") {
    return refuse("The URL must not hold a user name or password: put them into an Authorization header");
  }
  if (url.href.length > MAX_URL_LENGTH) return tooLong;
  const message = options.allowPrivate ? null : hostRefusal(url.hostname);
  return message === null ? { ok: true, url } : refuse(message);
}

/**
 * The URL that is called for the one a person gives: trimmed, without its fragment, in WHATWG form (`http://a\\@b` leads
 * to `a`). Anything that is not a URL is returned as it is, for `checkOutboundUrl` to refuse.
 */
export function calledUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (url === null) return text.trim();
  url.hash = "";
  return url.href;
}

function refuse(message: string): { ok: false; message: string } {
  return { ok: false, message };
}

// URL parsing has already turned decimal, hexadecimal, octal and shortened IPv4 into four decimal parts.
function hostRefusal(hostname: string): string | null {
  const host = hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
  if (host.startsWith("[")) return addressRefusal(rangeOfV6(ipaddr.IPv6.parse(host.slice(1, -1))));
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return addressRefusal(ipaddr.IPv4.parse(host).range());
  return nameRefusal(host);
}

function addressRefusal(range: string): string | null {
  if (range === "unicast") return null;
  return `The URL's address is not on the public internet (${range}): use a public host name or address`;
}

function nameRefusal(name: string): string | null {
  if (name.split(".").includes("")) return "The URL's host name has an empty part: check its dots";
  const suffix = PRIVATE_SUFFIXES.find((ending) => `.${name}`.endsWith(ending));
  if (suffix !== undefined) return `Names under ${suffix} are not on the public internet: use a public host name`;
  if (!name.includes(".")) return "A host name without a dot is not on the public internet: use a full host name";
  return null;
}

/** The kind of an IPv6 address; one that embeds an IPv4 address is of the kind of that address. */
function rangeOfV6(address: ipaddr.IPv6): string {
  const embedded = embeddedV4(address);
  if (embedded !== null) return embedded.range();
  const range = address.range();
  // ipaddr.js calls unicast whatever it has no name for, but only 2000::/3 has been given out.
  const isGlobal = (address.parts[0] ?? 0) >> 13 === 1;
  return range === "unicast" && !isGlobal ? "reserved" : range;
}

// Teredo, the local NAT64 prefix 64:ff9b:1::/48 and ::/96 carry one too, but lead nowhere public: their own kind refuses
// them.
const MAPPED = ipaddr.IPv6.parseCIDR("::ffff:0:0/96");
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");
const SIX_TO_FOUR = ipaddr.IPv6.parseCIDR("2002::/16");

function embeddedV4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const bytes = address.toByteArray();
  if (address.match(MAPPED) || address.match(NAT64)) return new ipaddr.IPv4(bytes.slice(12));
  if (address.match(SIX_TO_FOUR)) return new ipaddr.IPv4(bytes.slice(2, 6));
  return null;
}
