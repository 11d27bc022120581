import type { Context } from "../context.ts";
import { openText, type SealedColumn, sealText } from "../sealing.ts";
import { newSigningSecret, type Source } from "./model.ts";

const place = "sources.signing_secret";

/** Tables of the garden's own with a secret in them. */
export const sealedByGarden: SealedColumn[] = [{ table: "sources", column: "signing_secret" }];

type Keyed = Pick<Context, "keys">;

/** A new secret as it is kept. */
export const newSealedSecret = (ctx: Keyed): string => sealText(ctx, newSigningSecret(), place);

/** The secret as the brand's server has it; of a source as the store gives it. */
export const openedSecret = (ctx: Keyed, { signingSecret }: Pick<Source, "signingSecret">): string | null =>
  signingSecret === null ? null : openText(ctx, signingSecret, place);
