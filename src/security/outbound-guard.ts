/**
 * Where data may be sent. In production `global_fetch_strictly_public` is a second line of defence; a local Worker has
 * none and reaches whatever its machine reaches. A public name that resolves to a private address is not caught here.
 */
import ipaddr from "ipaddr.js";
import { privateNameRefusal } from "./private-names";

const MAX_URL_LENGTH = 2048;

/** What the operator permits. */
export type OutboundRules = {
  /** Development only: private addresses and names. */
  allowPrivate: boolean;
  httpsOnly: boolean;
  /** Host names, or `*.` and a name for all below it; empty for every host. */
  allowedHosts: readonly string[];
};

export type OutboundVerdict = { ok: true; url: URL } | { ok: false; message: string };

/**
 * Whether a destination may have this URL: http or https, at most 2,048 characters (as given and as normalised), no user
 * info, and a host of the public internet, as far as the operator's rules go. The returned URL is the normalised one
 * (WHATWG URL) without its fragment. A message is a sentence for the user.
 */
export function checkOutboundUrl(text: string, rules: OutboundRules): OutboundVerdict {
  const tooLong = refuse(`The URL is longer than ${MAX_URL_LENGTH} characters: shorten it`);
  if (text.length > MAX_URL_LENGTH) return tooLong;
  const url = URL.parse(text);
  if (url === null) return refuse("This is not a URL: give a full one such as https://example.com/webhook");
  url.hash = "";
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return refuse("The URL must start with https:// or http://");
  if (rules.httpsOnly && url.protocol !== "https:") return refuse("This gateway sends over https only: use https://");
  if (url.username !== "" || url.password !== "") {
    return refuse("The URL must not hold a user name or password: put them into an Authorization header");
  }
  if (url.href.length > MAX_URL_LENGTH) return tooLong;
  const host = url.hostname.replace(/\.$/, "");
  const message = rules.allowPrivate ? null : hostRefusal(host);
  if (message !== null) return refuse(message);
  if (!isAllowed(host, rules.allowedHosts))
    return refuse(
      "This gateway sends only to hosts that its operator has listed: use one of them, or ask for this one",
    );
  return { ok: true, url };
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

/**
 * The host names of `OutboundRules.allowedHosts` from a list with commas, as URLs write them.
 *
 * @throws an Error that says how to write an entry
 */
export function parseAllowedHosts(text: string): string[] {
  const entries = text.split(",").flatMap((part) => part.trim() || []);
  return entries.map((entry) => {
    const [, below = "", name = ""] = /^(\*\.)?([^*/:?#@\s]+|\[[0-9a-f:.]+\])$/i.exec(entry) ?? [];
    const host = URL.parse(`https://${name}`)?.hostname;
    if (!host) throw new Error("give host names such as crm.example.com, *.example.com");
    return below + host;
  });
}

function refuse(message: string): { ok: false; message: string } {
  return { ok: false, message };
}

function isAllowed(host: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  return allowed.some((entry) => (entry.startsWith("*.") ? host.endsWith(entry.slice(1)) : host === entry));
}

// URL parsing has already turned decimal, hexadecimal, octal and shortened IPv4 into four decimal parts.
function hostRefusal(host: string): string | null {
  if (host.startsWith("[")) return addressRefusal(rangeOfV6(ipaddr.IPv6.parse(host.slice(1, -1))));
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return addressRefusal(ipaddr.IPv4.parse(host).range());
  return privateNameRefusal(host);
}

function addressRefusal(range: string): string | null {
  if (range === "unicast") return null;
  return `The URL's address is not on the public internet (${range}): use a public host name or address`;
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
