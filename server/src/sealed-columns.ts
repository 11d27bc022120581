import { sealedByContacts } from "./data/contacts/index.ts";
import { sealedByImports } from "./data/imports/index.ts";
import { sealedByPrivacy } from "./data/privacy/index.ts";
import { sealedBySurveys } from "./experience/surveys/index.ts";
import type { SealedColumn } from "./garden/index.ts";

/** Every column of free text: what people wrote, and what operators wrote about them. */
export const sealedColumns: readonly SealedColumn[] = [
  ...sealedByImports,
  ...sealedByContacts,
  ...sealedBySurveys,
  ...sealedByPrivacy,
];
