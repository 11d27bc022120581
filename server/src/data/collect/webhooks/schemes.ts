import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

const HeaderName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "is no name of a header");

/** How old a signed time may be, in seconds: who recorded a delivery cannot send it again later. */
const Tolerance = z.number().int().min(30).max(86_400).default(300);

/** How a delivery proves that it comes from whom it should. */
export const Signature = z.discriminatedUnion("scheme", [
  z.object({ scheme: z.literal("shopify") }),
  z.object({ scheme: z.literal("stripe"), toleranceSeconds: Tolerance }),
  z.object({ scheme: z.literal("zendesk"), toleranceSeconds: Tolerance }),
  z.object({ scheme: z.literal("typeform") }),
  z.object({ scheme: z.literal("github") }),
  z.object({
    scheme: z.literal("hmac"),
    header: HeaderName,
    algorithm: z.enum(["sha1", "sha256", "sha512"]).default("sha256"),
    encoding: z.enum(["hex", "base64"]).default("hex"),
    /** What stands before the signature in the header, such as `sha256=`. */
    prefix: z.string().max(20).default(""),
  }),
  /** The secret itself stands in a header. */
  z.object({ scheme: z.literal("header"), header: HeaderName }),
  z.object({ scheme: z.literal("basic"), user: z.string().max(100) }),
  /** Nothing but the address: whoever knows it may write, and is not believed. */
  z.object({ scheme: z.literal("none") }),
]);
export type Signature = z.infer<typeof Signature>;

type Headers = Readonly<Record<string, string>>;
export type Verdict = { proved: boolean } | { code: string; message: string };

const missing = (header: string): Verdict => ({
  code: "webhook.signature_missing",
  message: `The header ${header} with the signature is missing.`,
});
const wrong: Verdict = {
  code: "webhook.signature_wrong",
  message: "The signature does not fit the body and the secret. Compare the secret with the sender's.",
};
const old: Verdict = {
  code: "webhook.signature_old",
  message: "The signed time lies too far from now. It may be a delivery that somebody sends again.",
};

/** Compares in a time that does not tell how much of it was right. */
function same(a: string | Buffer, b: string | Buffer): boolean {
  // Of one length whatever came: digests under a key that nobody chose.
  const digest = (value: string | Buffer) => createHmac("sha256", "compare").update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}

const hmac = (algorithm: string, secret: string, ...parts: (string | Buffer)[]) => {
  const made = createHmac(algorithm, secret);
  for (const part of parts) made.update(part);
  return made.digest();
};

/** A signature as bytes, so that the case of hex digits and the signs at the end of base64 do not matter. */
const bytesOf = (text: string, encoding: "hex" | "base64") => Buffer.from(text.trim(), encoding);

/** Whether a delivery is what it says, by its raw bytes. `proved` is false only where nothing was to be proved. */
export function verify(
  signature: Signature,
  secret: string | null,
  delivery: { headers: Headers; raw: Buffer; now: Date },
): Verdict {
  const { headers, raw, now } = delivery;
  if (signature.scheme === "none") return { proved: false };
  if (!secret)
    return {
      code: "webhook.secret_missing",
      message: "This webhook checks signatures, but has no secret yet. Put it in at its page.",
    };
  const isNear = (ms: number, toleranceSeconds: number) =>
    Math.abs(now.getTime() - ms) <= toleranceSeconds * 1000;
  const judge = (isRight: boolean): Verdict => (isRight ? { proved: true } : wrong);

  switch (signature.scheme) {
    case "shopify": {
      const sent = headers["x-shopify-hmac-sha256"];
      return sent
        ? judge(same(bytesOf(sent, "base64"), hmac("sha256", secret, raw)))
        : missing("X-Shopify-Hmac-Sha256");
    }
    case "stripe": {
      const sent = headers["stripe-signature"];
      if (!sent) return missing("Stripe-Signature");
      const parts = sent.split(",").map((part) => part.trim().split(/=(.*)/s) as [string, string?]);
      const time = parts.find(([name]) => name === "t")?.[1] ?? "";
      const expected = hmac("sha256", secret, `${time}.`, raw);
      // While a secret is replaced there are several.
      const isRight = parts.some(
        ([name, text]) => name === "v1" && same(bytesOf(text ?? "", "hex"), expected),
      );
      if (!isRight) return wrong;
      return isNear(Number(time) * 1000, signature.toleranceSeconds) ? { proved: true } : old;
    }
    case "zendesk": {
      const sent = headers["x-zendesk-webhook-signature"];
      if (!sent) return missing("X-Zendesk-Webhook-Signature");
      const time = headers["x-zendesk-webhook-signature-timestamp"] ?? "";
      if (!same(bytesOf(sent, "base64"), hmac("sha256", secret, time, raw))) return wrong;
      return isNear(Date.parse(time), signature.toleranceSeconds) ? { proved: true } : old;
    }
    case "typeform":
      return prefixed(headers, "typeform-signature", "sha256=", "base64", hmac("sha256", secret, raw));
    case "github":
      return prefixed(headers, "x-hub-signature-256", "sha256=", "hex", hmac("sha256", secret, raw));
    case "hmac":
      return prefixed(
        headers,
        signature.header,
        signature.prefix,
        signature.encoding,
        hmac(signature.algorithm, secret, raw),
      );
    case "header": {
      const sent = headers[signature.header];
      return sent ? judge(same(sent, secret)) : missing(signature.header);
    }
    case "basic": {
      const sent = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
      if (!sent) return missing("Authorization");
      return judge(same(Buffer.from(sent, "base64"), Buffer.from(`${signature.user}:${secret}`)));
    }
  }
}

function prefixed(
  headers: Headers,
  header: string,
  prefix: string,
  encoding: "hex" | "base64",
  expected: Buffer,
): Verdict {
  const sent = headers[header];
  if (!sent) return missing(header);
  if (!sent.startsWith(prefix)) return wrong;
  return same(bytesOf(sent.slice(prefix.length), encoding), expected) ? { proved: true } : wrong;
}
