export { IdentityBook, type IdentityChanges, type KnownIdentities } from "./book.ts";
export { adoptByEmail, claimEmails, type EmailClaim, type GivenIdentifier, takeBack } from "./claim.ts";
export { usedByOthers } from "./devices.ts";
export { hashedNames } from "./hash.ts";
export {
  type Claims,
  type Identifier,
  type IdentifierKind,
  identifierKey,
  isBlocked,
  isTestAddress,
  normalisedEmail,
  type Resolved,
  storableText,
  type Told,
  usableHash,
  usableId,
} from "./model.ts";
export {
  branchOf,
  forgetSingles,
  type Join,
  joinParts,
  type Led,
  ledTo,
  mergedAmong,
  type Part,
  partsOf,
  splitParts,
} from "./parts.ts";
export { identityStores, linkStores } from "./person-stores.ts";
export { normalisedPhone } from "./phone.ts";
export { proposeSimilar } from "./proposals.ts";
export { identityRoutes } from "./routes.ts";
export { readRules } from "./rules.ts";
export {
  findCustomer,
  findPart,
  IdentityRace,
  identifiersOf,
  idsOf,
  isVouched,
  loadIdentities,
  newCustomerIds,
  partOf,
  removeCustomers,
  resolveMany,
  saveIdentities,
  survivorsOf,
  whoIsLinked,
} from "./store.ts";
