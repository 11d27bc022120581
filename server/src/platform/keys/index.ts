export { type Keys, openKeys } from "./kept.ts";
export { type KeyRing, ringOf, sealedWith } from "./ring.ts";
