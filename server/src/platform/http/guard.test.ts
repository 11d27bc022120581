import { expect, test } from "vitest";
import { allowedAddress, mayCall } from "./guard.ts";

test.each([
  "127.0.0.1",
  "127.9.9.9",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "100.64.0.1",
  "169.254.169.254",
  "0.0.0.0",
  "224.0.0.1",
  "255.255.255.255",
  "::1",
  "::",
  "fe80::1",
  "fd00::1",
  "fd00:ec2::254",
  "ff02::1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::7f00:1",
  "::169.254.169.254",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "2001:0:1::",
  "localhost",
  "",
])("%s may not be called", (address) => {
  expect(mayCall(address, false)).toBe(false);
});

test.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])(
  "%s may",
  (address) => {
    expect(mayCall(address, false)).toBe(true);
  },
);

test("with the operator's word the own network may be called, and metadata never", () => {
  for (const address of ["127.0.0.1", "10.1.2.3", "::1", "fd00::1"])
    expect(mayCall(address, true)).toBe(true);
  for (const address of ["169.254.169.254", "0.0.0.0", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254"])
    expect(mayCall(address, true), address).toBe(false);
});

test.each([
  ["http://example.com/", "plain"],
  ["ftp://example.com/", "url"],
  ["https://user:secret@example.com/", "url"],
  ["nonsense", "url"],
  ["https://127.0.0.1/", "private"],
  // The same address in other words.
  ["https://2130706433/", "private"],
  ["https://0x7f.1/", "private"],
  ["https://0177.0.0.1/", "private"],
  ["https://0/", "private"],
  ["https://0.0.0.0/", "private"],
  ["https://127.1/", "private"],
  ["https://①②⑦.0.0.1/", "private"],
  ["https://[::7f00:1]/", "private"],
  ["https://[::1]/", "private"],
  ["https://[::ffff:127.0.0.1]/", "private"],
  ["https://169.254.169.254/latest/meta-data", "private"],
])("%s is refused as %s", async (url, fault) => {
  expect(await allowedAddress(url, { allowPrivate: false })).toBe(fault);
});

test("a host of which one address lies within is refused, and the address that was looked up is the one to call", async () => {
  const resolve =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  const ask = (...addresses: string[]) =>
    allowedAddress("https://hooks.example/", { allowPrivate: false, resolve: resolve(...addresses) });
  expect(await ask("8.8.8.8", "10.0.0.1")).toBe("private");
  expect(await ask("8.8.8.8", "2606:4700:4700::1111")).toEqual({ address: "8.8.8.8", family: 4 });
  expect(await ask()).toBe("unknown_host");
});
