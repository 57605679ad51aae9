import ipaddr from "ipaddr.js";

/** The groups of an IPv6 address that name a network; a caller has all that is behind them. */
const NETWORK_GROUPS = 4;

/** Where a request came from, as Cloudflare says; empty where nothing does. */
export function clientAddress(headers: Headers): string {
  const text = headers.get("cf-connecting-ip") ?? "";
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : "";
}

/** Whom a request counts for that has shown no valid key: its address, or for IPv6 its network of 64 bits. */
export function addressOf(headers: Headers): string {
  const text = clientAddress(headers);
  if (text === "") return "unknown";
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, NETWORK_GROUPS).join(":") : address.toString();
}
