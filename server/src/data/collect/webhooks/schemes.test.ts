import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { Signature, verify } from "./schemes.ts";

const now = new Date("2026-05-14T12:00:00Z");
const raw = Buffer.from('{"a": 1,\n "ü": "\\u00fc"}');
const secret = "whsec_test";
const mac = (algorithm: string, encoding: "hex" | "base64", ...parts: (string | Buffer)[]) =>
  parts.reduce((made, part) => made.update(part), createHmac(algorithm, secret)).digest(encoding);
const seconds = Math.floor(now.getTime() / 1000);
const stripeHead = (at: number) => `t=${at},v0=aa,v1=${mac("sha256", "hex", `${at}.`, raw)}`;
const zendeskHead = (at: string) => ({
  "x-zendesk-webhook-signature-timestamp": at,
  "x-zendesk-webhook-signature": mac("sha256", "base64", at, raw),
});

/** Each scheme with the head of a true delivery. */
const schemes: [input: unknown, headers: Record<string, string>][] = [
  [{ scheme: "shopify" }, { "x-shopify-hmac-sha256": mac("sha256", "base64", raw) }],
  [{ scheme: "stripe" }, { "stripe-signature": stripeHead(seconds - 200) }],
  [{ scheme: "zendesk" }, zendeskHead("2026-05-14T11:58:00Z")],
  [{ scheme: "typeform" }, { "typeform-signature": `sha256=${mac("sha256", "base64", raw)}` }],
  [{ scheme: "github" }, { "x-hub-signature-256": `sha256=${mac("sha256", "hex", raw)}` }],
  [
    { scheme: "hmac", header: "X-Sig", algorithm: "sha512", encoding: "base64", prefix: "v1 " },
    { "x-sig": `v1 ${mac("sha512", "base64", raw)}` },
  ],
  [
    { scheme: "hmac", header: "X-Sig", algorithm: "sha1" },
    { "x-sig": mac("sha1", "hex", raw).toUpperCase() },
  ],
  [{ scheme: "header", header: "X-Key" }, { "x-key": secret }],
  [
    { scheme: "basic", user: "till" },
    { authorization: `Basic ${Buffer.from(`till:${secret}`).toString("base64")}` },
  ],
];

test.each(schemes)("%j takes what was signed and nothing else", (input, headers) => {
  const signature = Signature.parse(input);
  const judge = (change: { headers?: Record<string, string>; raw?: Buffer; secret?: string | null }) =>
    verify(signature, change.secret === undefined ? secret : change.secret, {
      headers: change.headers ?? headers,
      raw: change.raw ?? raw,
      now,
    });
  expect(judge({})).toEqual({ proved: true });
  expect(judge({ secret: "another" })).toMatchObject({ code: "webhook.signature_wrong" });
  expect(judge({ headers: {} })).toMatchObject({ code: "webhook.signature_missing" });
  expect(judge({ secret: null })).toMatchObject({ code: "webhook.secret_missing" });
  const signsBody = signature.scheme !== "header" && signature.scheme !== "basic";
  if (signsBody)
    expect(judge({ raw: Buffer.concat([raw, Buffer.from(" ")]) })).toMatchObject({
      code: "webhook.signature_wrong",
    });
  for (const rubbish of ["", "=", "t=,v1=", "sha256=", "é", "0".repeat(10_000)]) {
    const spoiled = Object.fromEntries(Object.keys(headers).map((name) => [name, rubbish]));
    expect(judge({ headers: spoiled }), rubbish).not.toEqual({ proved: true });
  }
});

test("what was recorded cannot be sent again later, nor dated ahead", () => {
  const old = { code: "webhook.signature_old" };
  const stripe = Signature.parse({ scheme: "stripe" });
  const at = (head: Record<string, string>, signature = stripe) =>
    verify(signature, secret, { headers: head, raw, now });
  expect(at({ "stripe-signature": stripeHead(seconds - 301) })).toMatchObject(old);
  expect(at({ "stripe-signature": stripeHead(seconds + 301) })).toMatchObject(old);
  // A younger time than the signed one does not help.
  expect(
    at({ "stripe-signature": stripeHead(seconds - 900).replace(/t=\d+/, `t=${seconds}`) }),
  ).toMatchObject({
    code: "webhook.signature_wrong",
  });
  const zendesk = Signature.parse({ scheme: "zendesk", toleranceSeconds: 60 });
  expect(at(zendeskHead("2026-05-14T11:58:00Z"), zendesk)).toMatchObject(old);
  expect(at(zendeskHead("yesterday"), zendesk)).toMatchObject(old);
});

test("with no scheme nothing is proved", () => {
  expect(verify({ scheme: "none" }, null, { headers: {}, raw, now })).toEqual({ proved: false });
});
