import { BlockList, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isNetwork, Networks } from "./networks.ts";

test("what is an address or a range of them", () => {
  for (const good of [
    "10.0.0.1",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::1",
    "::ffff:10.0.0.1",
    "fe80::1/128",
  ])
    expect([good, isNetwork(good)]).toEqual([good, true]);
  for (const bad of [
    "",
    "10.0.0",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "::/129",
    "host",
    "fe80::1%eth0",
    "1.2.3.4/",
  ])
    expect([bad, isNetwork(bad)]).toEqual([bad, false]);
});

test("an address is found in the same ranges as Node finds it in", () => {
  const range = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
  );
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 12 }),
      fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 20 }),
      (ranges, asked) => {
        const list = new BlockList();
        for (const [address, bits] of ranges)
          list.addSubnet(address, bits, isIPv6(address) ? "ipv6" : "ipv4");
        const networks = new Networks(ranges.map(([address, bits]) => `${address}/${bits}`));
        for (const address of [...asked, ...ranges.map(([first]) => first)]) {
          // Node reads ::ffff:1.2.3.4 as IPv4 in some versions and not in others.
          if (/^::(ffff:)?\d+\./i.test(address)) continue;
          const family = isIPv6(address) ? "ipv6" : "ipv4";
          const wide = ranges.some(([one, bits]) => isIPv6(one) && bits < 96);
          if (family === "ipv4" && wide) continue;
          expect(networks.has(address)).toBe(list.check(address, family));
        }
      },
    ),
    { numRuns: 300 },
  );
});
