import { sealedByCollect } from "./data/collect/index.ts";
import { sealedByContacts } from "./data/contacts/index.ts";
import { sealedByImports } from "./data/imports/index.ts";
import { sealedByOutbound } from "./data/outbound/index.ts";
import { sealedByPrivacy } from "./data/privacy/index.ts";
import { sealedBySurveys } from "./experience/surveys/index.ts";
import { type SealedColumn, sealedByGarden } from "./garden/index.ts";

/**
 * Every column of free text, which people wrote or operators wrote about them, and every secret that the product must be able
 * to read again.
 */
export const sealedColumns: readonly SealedColumn[] = [
  ...sealedByGarden,
  ...sealedByCollect,
  ...sealedByOutbound,
  ...sealedByImports,
  ...sealedByContacts,
  ...sealedBySurveys,
  ...sealedByPrivacy,
];
