/** What a value of a property can be. */
export const valueTypes = ["text", "number", "boolean", "list", "object", "null"] as const;
export type ValueType = (typeof valueTypes)[number];

/** What the catalogue holds at most, so that nobody who knows a public key can fill it. */
export const bounds = {
  names: 2_000,
  /** Of these, names that only public keys have sent. */
  publicNames: 500,
  /** Of one name. */
  properties: 200,
  pathLength: 200,
  /** How deep a property may stand that has an entry of its own. */
  depth: 3,
} as const;
