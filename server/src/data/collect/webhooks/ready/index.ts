import { calls } from "./calls.ts";
import type { Ready } from "./model.ts";
import { shopify } from "./shopify.ts";
import { stripe } from "./stripe.ts";
import { typeform } from "./typeform.ts";
import { zendesk } from "./zendesk.ts";

/** Any other system: its mapping is made by example. */
const custom: Ready = {
  provider: "custom",
  name: "Webhook",
  signature: { scheme: "hmac", header: "x-signature", algorithm: "sha256", encoding: "hex", prefix: "" },
  deliveryId: "",
  rules: [],
};

export const readyMappings: readonly Ready[] = [shopify, stripe, zendesk, typeform, calls, custom];

export const readyMapping = (provider: string): Ready | undefined =>
  readyMappings.find((ready) => ready.provider === provider);
