import { type Context, openText, type SealedColumn, sealText } from "../../../garden/index.ts";

const place = "webhooks.secret";

export const sealedByCollect: SealedColumn[] = [{ table: "webhooks", column: "secret" }];

type Keyed = Pick<Context, "keys">;

/** A webhook's secret as it is kept, and as the sender knows it. */
export const sealSecret = (ctx: Keyed, secret: string | null): string | null =>
  secret === null ? null : sealText(ctx, secret, place);
export const openSecret = (ctx: Keyed, secret: string | null): string | null =>
  secret === null ? null : openText(ctx, secret, place);
