import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

/** An address that was looked up and may be called. */
export interface Allowed {
  address: string;
  family: 4 | 6;
}

/** Why an address may not be called. */
export type AddressFault = "url" | "plain" | "private" | "unknown_host";

function listOf(...ranges: string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits = ""] = range.split("/");
    list.addSubnet(network, Number(bits), network.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

/** Networks of the brand's own: with the operator's word they may be called. */
const inner = listOf(
  "10.0.0.0/8",
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "::1/128",
  "fc00::/7",
);

/**
 * What nobody means to call: this host, link-local with the metadata of clouds, documentation, multicast, and ways to write
 * an IPv4 address within IPv6 that would lead around the rules. Source: IANA special-purpose address registries.
 */
const never = listOf(
  ...["0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"],
  ...["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  ...["::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32"],
  ...["2002::/16", "5f00::/16", "fe80::/10", "fec0::/10", "ff00::/8"],
);

/** Whether an IP address may be called. An IPv4 address within IPv6 is judged as what it is. */
export function mayCall(address: string, allowPrivate: boolean): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  const version = isIP(plain);
  if (version === 0 || /^::ffff:/i.test(plain)) return false;
  // fd00:ec2::254 gives the metadata of a cloud, and is in no range of its own.
  if (plain.toLowerCase() === "fd00:ec2::254") return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  return inner.check(plain, family) ? allowPrivate : !never.check(plain, family);
}

/**
 * The address behind a URL, where it may be called: of all that its host has, none may lie where nobody should reach. Who
 * calls goes to this address and asks no name server again, so that no second answer leads elsewhere.
 */
export async function allowedAddress(
  text: string,
  options: {
    allowPrivate: boolean;
    resolve?: (host: string) => Promise<{ address: string; family: number }[]>;
  },
): Promise<Allowed | AddressFault> {
  if (!URL.canParse(text)) return "url";
  const url = new URL(text);
  if ((url.protocol !== "https:" && url.protocol !== "http:") || url.username || url.password) return "url";
  // What leaves is about customers: nobody on the way may read it.
  if (url.protocol === "http:" && !options.allowPrivate) return "plain";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const resolve = options.resolve ?? ((name) => lookup(name, { all: true, verbatim: true }));
  let found: { address: string; family: number }[];
  try {
    found = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host);
  } catch {
    return "unknown_host";
  }
  if (!found.length) return "unknown_host";
  if (found.some(({ address }) => !mayCall(address, options.allowPrivate))) return "private";
  const first = found[0]!;
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}
