import { accountStores } from "./data/accounts/index.ts";
import { collectStores } from "./data/collect/index.ts";
import { consentStores } from "./data/consent/index.ts";
import { contactStores } from "./data/contacts/index.ts";
import { eventStores } from "./data/events/index.ts";
import { identityStores, linkStores } from "./data/identity/index.ts";
import { importStores, type Staging } from "./data/imports/index.ts";
import { mergeStores } from "./data/merges/index.ts";
import { outboundStores } from "./data/outbound/index.ts";
import { type Archives, privacyStores } from "./data/privacy/index.ts";
import { profileStores } from "./data/profiles/index.ts";
import { qualityStores } from "./data/quality/index.ts";
import { surveyStores } from "./experience/surveys/index.ts";
import { gardenStores, type PersonStore } from "./garden/index.ts";
import { lifecycleStores } from "./insight/lifecycle/index.ts";
import { valueStores } from "./insight/value/index.ts";
import { offerStores } from "./offer/index.ts";
import { sampleStores } from "./sample/index.ts";

/**
 * Every place that keeps something about a person, in the order in which they are erased: what the product concluded
 * first, then what it was concluded from; who the person is goes last, because it says whose everything else is.
 */
export const personStores = (places: {
  archives: Archives;
  staging: Staging;
  dataDir: string;
}): readonly PersonStore[] => [
  ...surveyStores,
  ...offerStores,
  ...valueStores,
  ...lifecycleStores,
  ...importStores(places.staging),
  ...contactStores,
  ...outboundStores,
  ...eventStores,
  ...collectStores,
  ...qualityStores,
  ...consentStores(places),
  ...privacyStores(places.archives),
  ...sampleStores,
  ...accountStores,
  ...gardenStores,
  ...mergeStores,
  ...identityStores,
  ...profileStores,
  ...linkStores,
];
