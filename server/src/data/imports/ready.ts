import type { Mapping } from "./model.ts";
import { analytics } from "./ready/analytics.ts";
import { consents } from "./ready/consents.ts";
import { publicData } from "./ready/public-data.ts";
import { shops } from "./ready/shops.ts";
import { tools } from "./ready/tools.ts";

/**
 * Mappings that ship with the product: column names and rules of well-known exports, and no data. They
 * can be used as they are, or be changed and saved under another name.
 */
export const readyMappings: Record<string, Mapping> = {
  // First, so that a file that holds more than consents is proposed as what else it is.
  ...consents,
  ...publicData,
  ...analytics,
  ...tools,
  ...shops,
};
