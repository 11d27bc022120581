import type { Context } from "../../garden/index.ts";

/** The calls of the Segment specification. */
export const callTypes = ["identify", "track", "page", "screen", "group", "alias"] as const;
export type CallType = (typeof callTypes)[number];

/** What the request itself proved; saved beside its body. */
export interface Trust {
  /** The sender is the brand: a server's key, a secret token, or the product itself. */
  trusted: boolean;
  /** The product itself made it: only then may it name customers by their inner id. */
  own?: boolean;
  /** Ordinals of the items that were rejected when the request was accepted. */
  rejected?: number[];
  /** Ordinals of items whose user id the brand's server signed. */
  signed?: number[];
  /** Which call the path named, for bodies that do not say. */
  type?: CallType;
  /** When the request was sent, by the sender's clock, where only its head said so. */
  sentAt?: string;
  /** What the network is that it came from; the address itself is not kept. */
  network?: "internal" | "datacentre";
}

/** Why an item of a request was not accepted: a code for programs and words for people. */
export interface Rejection {
  messageId?: string;
  code: string;
  message: string;
}

export type Json = Record<string, unknown>;

/** What working through a batch needs of the garden, as it is while the pipeline is held. */
export type BatchContext = Pick<Context, "garden" | "now"> & { keys: Pick<Context["keys"], "ring"> };

/** A cleaned event, ready for the pipeline. */
export interface Incoming {
  type: CallType;
  messageId: string;
  name: string;
  userId?: string;
  anonymousId?: string;
  previousId?: string;
  /** Set by the product itself. */
  customerId?: number;
  /** Only where the sender may be believed. */
  email?: string;
  /** As it was written; only where the sender may be believed, as are the hashes. */
  phone?: string;
  emailHash?: string;
  phoneHash?: string;
  traits: Json;
  properties: Json;
  context: Json;
  happenedAt: Date;
  receivedAt: Date;
  sourceId: number;
  trusted: boolean;
  network?: "internal" | "datacentre";
  /** The account that a group call is about, with what it says of it. */
  group?: { id: string; traits: Json };
  /** The account that another event names as the one it happened for. */
  groupId?: string;
  /** How far `happenedAt` was moved from what the sender said, in ms. */
  movedMs: number;
}

/** Why the pipeline let an event go. */
export type DropReason =
  | "duplicate"
  | "told_before"
  | "names_nobody"
  | "no_consent"
  | "withdrawn"
  | "bot"
  | "internal"
  | "datacentre"
  | "schema"
  | "erased";

/** What is kept and left out of every question, as it is counted. */
export type AsideReason = `aside_${"bot" | "internal" | "datacentre"}`;
