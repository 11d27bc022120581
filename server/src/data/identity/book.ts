import type { Device } from "./devices.ts";
import { hashOf } from "./hash.ts";
import { Limits } from "./limits.ts";
import {
  type Claims,
  type Identifier,
  type IdentifierKind,
  identifierKey,
  type Proposal,
  type Resolved,
  type Told,
} from "./model.ts";
import { type IdentityRules, type NamingKind, usualRules } from "./rules.ts";

/** What the store knows of the identifiers and customers of a batch. */
export interface KnownIdentities {
  /** By `identifierKey`: to whom the identifier was given. */
  owners: Map<string, number>;
  /** From an id that was joined to its survivor. */
  links: Map<number, number>;
  /** From an id that was joined to where events alone lead it; an operator's merge leads on from there. */
  parts: Map<number, number>;
  /** The parts of customers whom an operator merged, the survivors among them. */
  merged: Set<number>;
  /** Customers with an id of the brand, an e-mail or an imported id. */
  known: Set<number>;
  /** Which identifiers customers were given, and which visitors joined them, as far as the limits ask. */
  given: { id: number; kind: string; at: Date }[];
  /** Browsers on which more than one known customer identified. */
  devices: Map<number, Device>;
  /** With whom customers are proposed to be one, whether it was decided or not; as survivors. */
  paired: Map<number, Set<number>>;
  /** Visitors of whom the brand itself said to which customer they lead. */
  vouched: Set<number>;
}

export interface IdentityChanges {
  created: { id: number; known: boolean; at: Date }[];
  identifiers: { kind: IdentifierKind; value: string; customerId: number; at: Date }[];
  madeKnown: number[];
  links: { subjectId: number; customerId: number; partId: number; reason: string; at: Date }[];
  proposals: Proposal[];
  /** Visitors whose link was only claimed until now, and is vouched for by the brand. */
  vouched: number[];
  /** Browsers on which somebody else identified, as they stand after the batch. */
  devices: Map<number, Device & { at: Date }>;
}

/** Why a link is there when the brand itself said so: by its secret key, or by its signature under the user id. */
export const vouchedReason = "vouched";

/**
 * Finds the customer of each event of a batch, in order, and keeps what follows from it.
 *
 * An event may name a person in several ways. The strongest way that is known decides, by the brand's rules: usually
 * userId, then e-mail, then phone, and last anonymousId. A visitor without a name joins the customer; two known
 * customers are never joined, only proposed. An identifier that nobody has yet is given to the customer, within limits.
 *
 * A browser on which two known customers identified is handed to neither: a nameless event on it belongs to who
 * identified last, and from many users on to nobody.
 *
 * Of a customer whom an operator merged each id leads to one part. What an event brings is given to the part that it
 * names, so that the parts can go their own ways again.
 */
export class IdentityBook {
  readonly changes: IdentityChanges = {
    created: [],
    identifiers: [],
    madeKnown: [],
    links: [],
    proposals: [],
    vouched: [],
    devices: new Map(),
  };
  readonly #state: KnownIdentities;
  readonly #nextId: () => number;
  readonly #rules: IdentityRules;
  readonly #limits: Limits;
  /** Ids by the survivor that they lead to: the other direction of the links. */
  readonly #joined = new Map<number, number[]>();
  readonly #created = new Map<number, IdentityChanges["created"][number]>();

  constructor(state: KnownIdentities, nextId: () => number, rules: IdentityRules = usualRules) {
    this.#state = state;
    this.#nextId = nextId;
    this.#rules = rules;
    this.#limits = new Limits(rules.limits, state.given);
    for (const [id, survivor] of state.links) this.#addJoined(survivor, id);
  }

  /** Who stands at the end of the links. */
  survivor(id: number): number {
    return this.#state.links.get(id) ?? id;
  }

  /** Where events alone lead from an id: one part of the survivor. */
  part(id: number): number {
    return this.#state.parts.get(id) ?? id;
  }

  /** Whether this is part of a customer whom an operator merged. */
  isMerged(part: number): boolean {
    return this.#state.merged.has(part);
  }

  isKnown(id: number): boolean {
    return this.#state.known.has(id);
  }

  /** The ids that an event's claims lead to now, without creating any: visitor first, then customers. */
  peek(claims: Claims): number[] {
    const visitor = this.#owner("anonymous_id", claims.anonymousId);
    const names = this.#namesOf(claims);
    const ids = new Set<number>();
    const add = (id: number | undefined) => {
      if (id === undefined) return;
      ids.add(id);
      ids.add(this.survivor(id));
    };
    if (visitor !== undefined) {
      const whose = this.#whoseDevice(visitor);
      const isAnothers =
        names.length > 0 &&
        (whose !== undefined ||
          names.some((name) => name.owner !== undefined && this.#isOtherThan(visitor, name.owner)));
      // Of a browser that another uses too only what was said on it counts, and not what its first user said elsewhere.
      if (!isAnothers) add(whose?.id ?? visitor);
      else if (!this.isKnown(visitor)) ids.add(visitor);
    }
    for (const name of names) add(name.owner);
    add(claims.customerId);
    return [...ids];
  }

  /**
   * The customer of an event, made where there is none. The claims name at least one id. `trusted`: the brand itself says
   * so, and not only somebody who holds a public key.
   */
  resolve(claims: Claims, told: Told, trusted: boolean): Resolved {
    const { userId, anonymousId } = claims;
    const names = this.#namesOf(claims);
    const visitorOwner = this.#owner("anonymous_id", anonymousId);
    const named = names.length > 0;

    let part = claims.customerId !== undefined ? this.part(claims.customerId) : undefined;
    for (const name of names) {
      if (name.owner !== undefined) part = this.#meet(part, name, names, told);
    }
    let visitor = visitorOwner ?? 0;
    if (part === undefined && visitorOwner !== undefined) {
      const device = this.#whoseDevice(visitorOwner);
      if (!named) part = this.part(device?.id ?? visitorOwner);
      else if (!this.isKnown(this.part(visitorOwner))) part = this.part(visitorOwner);
    }
    const isNew = part === undefined;
    if (part === undefined) part = this.#create(named, told.at);
    else if (named && !this.isKnown(part)) this.#makeKnown(part);

    for (const name of names) this.#keepName(name, part, told.at);
    if (anonymousId !== undefined) {
      if (visitorOwner === undefined) {
        // A new browser of a known customer is a visitor of its own, so that it can be told apart later.
        visitor = isNew || !this.isKnown(part) ? part : this.#create(false, told.at);
        this.#give("anonymous_id", anonymousId, visitor, told.at);
        if (visitor !== part) this.#link(visitor, part, "identify", told.at);
      } else if (named) {
        this.#identifyOn(visitorOwner, part, { kind: "anonymous_id", value: anonymousId }, names[0]!, told);
      } else if (claims.customerId !== undefined) {
        this.#join(this.part(visitorOwner), part, "same_device", undefined, told);
      }
      if (trusted && named) this.#vouch(visitor, part);
    }
    part = this.part(part);
    const subject =
      claims.customerId ?? this.#owner("user_id", userId) ?? (anonymousId !== undefined ? visitor : part);
    // On the device of another customer the event is written for whom it names: links from the device lead elsewhere.
    return {
      subject: this.part(subject) === part ? subject : part,
      customer: this.survivor(part),
      part,
      visitor,
    };
  }

  /**
   * `alias`: the previous id is the same person as the claims. Of a known customer only the brand may say so, `trusted`:
   * anyone else could tie a browser that they do not sit at to that customer. A visitor may say it of itself.
   */
  alias(previousId: string, claims: Claims, told: Told, trusted: boolean): Resolved {
    const resolved = this.resolve(claims, told, trusted);
    if (!trusted && this.isKnown(resolved.customer)) return resolved;
    const asVisitor = this.#owner("anonymous_id", previousId);
    const previous = asVisitor ?? this.#owner("user_id", previousId);
    if (previous === undefined) {
      this.#give("anonymous_id", previousId, resolved.part, told.at);
      return resolved;
    }
    // A browser of many is nobody's, whatever an alias says.
    if (this.#state.devices.has(previous)) return resolved;
    const [name] = this.#namesOf(claims);
    const other = name ?? { kind: "anonymous_id", value: claims.anonymousId ?? "" };
    const kind = asVisitor === undefined ? "user_id" : "anonymous_id";
    this.#join(this.part(previous), resolved.part, "alias", [{ kind, value: previousId }, other], told);
    return resolved;
  }

  /** How the claims name a person, the strongest first, and to whom each name was given. */
  #namesOf(claims: Claims): Name[] {
    const of: Record<NamingKind, Identifier[]> = {
      user_id: asIdentifier("user_id", claims.userId),
      email: [...asIdentifier("email", claims.email), ...asIdentifier("email_sha256", claims.emailHash)],
      phone: [...asIdentifier("phone", claims.phone), ...asIdentifier("phone_sha256", claims.phoneHash)],
    };
    return this.#rules.priority.flatMap((kind) =>
      of[kind].map((one) => ({ ...one, owner: this.#owner(one.kind, one.value) ?? this.#hashOwner(one) })),
    );
  }

  /** Who has a plain value by its hash alone, until now. */
  #hashOwner({ kind, value }: Identifier): number | undefined {
    if (kind !== "email" && kind !== "phone") return undefined;
    return this.#owner(`${kind}_sha256`, hashOf(value));
  }

  /** A name that already belongs to someone. Gives the customer that the event belongs to. */
  #meet(part: number | undefined, name: Name, names: readonly Name[], told: Told): number {
    const owner = this.part(name.owner!);
    if (part !== undefined) {
      const stronger = names.find((one) => one.owner !== undefined && this.part(one.owner) === part);
      const reason = name.kind.startsWith("phone") ? "same_phone" : "same_email";
      if (!this.#isSharedName(owner, part))
        this.#join(owner, part, reason, stronger && [name, stronger], told);
      return part;
    }
    // A user id that nobody has: of an account of its own, where the owner of the weaker name has as many as may be.
    const account = names.find((one) => one.kind === "user_id" && one.owner === undefined);
    if (!account || this.#limits.allows(owner, "user_id", told.at)) return owner;
    const created = this.#create(true, told.at);
    const reason = name.kind.startsWith("phone") ? "same_phone" : "same_email";
    if (!this.#isSharedName(owner, created)) this.#propose(owner, created, reason, [name, account], told);
    return created;
  }

  /**
   * Whether so many known customers go by a name of this one that it says nothing of who is whom: a household's phone, an
   * office's address. Each of them would make a pair of its own.
   */
  #isSharedName(owner: number, other: number): boolean {
    if (!this.isKnown(owner) || !this.isKnown(other)) return false;
    const others = new Set(this.#state.paired.get(owner));
    for (const id of [owner, other]) others.delete(this.survivor(id));
    // Those, the owner, and the one that comes along.
    return others.size + 2 >= this.#rules.nameSharedFrom;
  }

  /** Somebody identifies on a browser that is known: it joins them, or is one of several people's. */
  #identifyOn(visitor: number, part: number, anonymous: Identifier, name: Identifier, told: Told): void {
    const device = this.#state.devices.get(visitor);
    const owner = this.part(visitor);
    if (!device) {
      if (this.survivor(owner) === this.survivor(part)) return;
      if (!this.isKnown(owner) || !this.isKnown(part)) {
        this.#join(owner, part, "same_device", undefined, told);
        return;
      }
    }
    const users = device?.users ?? [owner];
    const isOne = users.some((user) => this.survivor(user) === this.survivor(part));
    // One of many says nothing of who is whom.
    if (!isOne && device?.loose === undefined)
      this.#propose(device?.current ?? owner, part, "same_device", [anonymous, name], told);
    const after: Device = { ...device, users: isOne ? users : [...users, part], current: part };
    if (after.loose === undefined && after.users.length >= this.#rules.sharedFrom)
      after.loose = this.#create(false, told.at);
    this.#state.devices.set(visitor, after);
    this.changes.devices.set(visitor, { ...after, at: told.at });
  }

  /** For whom the nameless events of a browser of several people are written; undefined where it is one's own. */
  #whoseDevice(visitor: number): { id: number } | undefined {
    const device = this.#state.devices.get(visitor);
    return device && { id: device.loose ?? device.current };
  }

  #isOtherThan(visitor: number, owner: number): boolean {
    return this.isKnown(this.part(visitor)) && this.survivor(visitor) !== this.survivor(owner);
  }

  /** Joins a visitor without a name into a customer; two known ones are only proposed. */
  #join(
    from: number,
    into: number,
    reason: Proposal["reason"],
    by: readonly [Identifier, Identifier] | undefined,
    told: Told,
  ): void {
    if (this.survivor(from) === this.survivor(into)) return;
    if (!this.isKnown(from)) this.#link(from, into, reason === "alias" ? "alias" : "identify", told.at);
    else if (this.isKnown(into) && by) this.#propose(from, into, reason, by, told);
    // A nameless event on a known customer's device: it stays with whom it names.
  }

  #owner(kind: IdentifierKind, value: string | undefined): number | undefined {
    return value === undefined ? undefined : this.#state.owners.get(identifierKey(kind, value));
  }

  #create(known: boolean, at: Date): number {
    const id = this.#nextId();
    const created = { id, known, at };
    this.changes.created.push(created);
    this.#created.set(id, created);
    if (known) this.#state.known.add(id);
    return id;
  }

  #makeKnown(id: number): void {
    this.#state.known.add(id);
    const created = this.#created.get(id);
    if (created) created.known = true;
    else this.changes.madeKnown.push(id);
  }

  /**
   * Gives a name that nobody has to a customer, unless it has got as many lately as may be: then it stays nobody's. A plain
   * value of which only the hash was known goes to whoever has the hash.
   */
  #keepName({ kind, value, owner }: Name, part: number, at: Date): void {
    if (this.#owner(kind, value) !== undefined) return;
    if (owner !== undefined) {
      this.#give(kind, value, owner, at);
      return;
    }
    const plain = kind.replace("_sha256", "");
    if (!this.#limits.allows(part, plain, at)) return;
    this.#limits.note(part, plain, at);
    this.#give(kind, value, part, at);
  }

  #give(kind: IdentifierKind, value: string, customerId: number, at: Date): void {
    this.#state.owners.set(identifierKey(kind, value), customerId);
    if (kind === "email" || kind === "phone")
      this.#state.owners.set(identifierKey(`${kind}_sha256`, hashOf(value)), customerId);
    this.changes.identifiers.push({ kind, value, customerId, at });
  }

  /** Only ids without a name are joined, and whom an operator merged has one: they have no parts. */
  #link(subjectId: number, partId: number, reason: string, at: Date): void {
    if (this.isKnown(partId)) {
      if (!this.#limits.allows(partId, "anonymous_id", at)) return;
      this.#limits.note(partId, "anonymous_id", at);
    }
    const customerId = this.survivor(partId);
    const moved = [subjectId, ...(this.#joined.get(subjectId) ?? [])];
    this.#joined.delete(subjectId);
    for (const id of moved) {
      this.#state.links.set(id, customerId);
      this.#state.parts.set(id, partId);
      this.#addJoined(customerId, id);
      this.changes.links.push({ subjectId: id, customerId, partId, reason, at });
    }
  }

  /** Only of this visitor: others that lead to the same customer said so themselves. */
  #vouch(visitor: number, part: number): void {
    if (this.#state.parts.get(visitor) !== part || this.#state.vouched.has(visitor)) return;
    this.#state.vouched.add(visitor);
    this.changes.vouched.push(visitor);
  }

  #addJoined(survivor: number, id: number): void {
    const ids = this.#joined.get(survivor);
    if (ids) ids.push(id);
    else this.#joined.set(survivor, [id]);
  }

  /** `by`: the identifier that leads to x, and the one that leads to y. */
  #propose(
    x: number,
    y: number,
    reason: Proposal["reason"],
    by: readonly [Identifier, Identifier],
    told: Told,
  ): void {
    if (this.survivor(x) === this.survivor(y)) return;
    const [a, b] = x < y ? [x, y] : [y, x];
    const [one, other] = x < y ? by : [by[1], by[0]];
    const plain = ({ kind, value }: Identifier) => ({ kind, value });
    const { at, event, messageId, sourceId } = told;
    const sighting = { at: at.toISOString(), event, messageId, sourceId, a: plain(one), b: plain(other) };
    this.changes.proposals.push({ a, b, reason, sighting });
    this.#pair(a, b);
    this.#pair(b, a);
  }

  #pair(id: number, other: number): void {
    const paired = this.#state.paired.get(id);
    if (paired) paired.add(this.survivor(other));
    else this.#state.paired.set(id, new Set([this.survivor(other)]));
  }
}

/** An identifier that names a person, and to whom it was given. */
interface Name extends Identifier {
  owner: number | undefined;
}

const asIdentifier = (kind: IdentifierKind, value: string | undefined): Identifier[] =>
  value === undefined ? [] : [{ kind, value }];
