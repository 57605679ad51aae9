/**
 * Endings that never lead to the public internet: RFC 6761, 6762, 7686, 8375, 9476, ICANN's reservation of `.internal`,
 * and what private networks and clusters call themselves.
 */
const PRIVATE_SUFFIXES = [
  ...["localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "svc"],
  ...["test", "example", "invalid", "alt", "arpa", "onion"],
];

/** Public services that answer a name with the address written in it, or with a loopback address. */
const WILDCARD_DNS = [
  ...["nip.io", "sslip.io", "xip.io", "xip.name", "ipq.co", "backname.io", "1u.ms", "rbndr.us", "plex.direct"],
  ...["traefik.me", "local-ip.co", "local-ip.sh", "localtest.me", "lvh.me", "vcap.me", "fuf.me", "lacolhost.com"],
  ...["smackaho.st", "localho.st", "localdev.me", "localhost.direct", "local.gd"],
];

/** Why a host name is not one of the public internet, as a sentence for the user; null when it may be. */
export function privateNameRefusal(name: string): string | null {
  if (name.split(".").includes("")) return "The URL's host name has an empty part: check its dots";
  const under = (ending: string) => `.${name}`.endsWith(`.${ending}`);
  const suffix = PRIVATE_SUFFIXES.find(under);
  if (suffix !== undefined) return `Names under .${suffix} are not on the public internet: use a public host name`;
  const service = WILDCARD_DNS.find(under);
  if (service !== undefined) return `Names under ${service} lead to any address: use the receiver's own host name`;
  if (!name.includes(".")) return "A host name without a dot is not on the public internet: use a full host name";
  return null;
}
