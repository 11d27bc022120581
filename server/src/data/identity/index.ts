export { IdentityBook, type IdentityChanges, type KnownIdentities } from "./book.ts";
export { adoptByEmail, claimEmails, type EmailClaim, type GivenIdentifier, takeBack } from "./claim.ts";
export {
  type Claims,
  type Identifier,
  type IdentifierKind,
  normalisedEmail,
  type Resolved,
  storableText,
  usableId,
} from "./model.ts";
export {
  findCustomer,
  IdentityRace,
  identifiersOf,
  idsOf,
  isVouched,
  loadIdentities,
  newCustomerIds,
  proposeSimilar,
  removeCustomers,
  resolveMany,
  saveIdentities,
  survivorsOf,
  whoIsLinked,
} from "./store.ts";
