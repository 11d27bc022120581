import { type Context, openText, type SealedColumn, sealText } from "../../garden/index.ts";

const place = "webhook_targets.secret";

export const sealedByOutbound: SealedColumn[] = [{ table: "webhook_targets", column: "secret" }];

type Keyed = Pick<Context, "keys">;

/** A target's secret as it is kept, and as the target knows it. */
export const sealSecret = (ctx: Keyed, secret: string): string => sealText(ctx, secret, place);
export const openSecret = (ctx: Keyed, secret: string): string => openText(ctx, secret, place);
