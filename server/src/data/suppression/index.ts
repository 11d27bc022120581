export { erasedSince, hashesOf, lift, ownKind, suppress, suppressedAmong } from "./suppression.ts";
