import { type Claims, type IdentifierKind, identifierKey, type Proposal, type Resolved } from "./model.ts";

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
  /** Known customers that already have a userId. */
  withUserId: Set<number>;
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
}

/** Why a link is there when the brand itself said so: by its secret key, or by its signature under the user id. */
export const vouchedReason = "vouched";

/**
 * Finds the customer of each event of a batch, in order, and keeps what follows from it.
 *
 * An event may name a person in several ways. The strongest way that is known decides: userId, then
 * e-mail, then anonymousId. A visitor without a name joins the customer; two known customers are
 * never joined, only proposed. An identifier that nobody has yet is given to the customer.
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
  };
  readonly #state: KnownIdentities;
  readonly #nextId: () => number;
  /** Ids by the survivor that they lead to: the other direction of the links. */
  readonly #joined = new Map<number, number[]>();
  readonly #created = new Map<number, IdentityChanges["created"][number]>();
  readonly #proposed = new Set<string>();

  constructor(state: KnownIdentities, nextId: () => number) {
    this.#state = state;
    this.#nextId = nextId;
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
    const found = [
      this.#owner("anonymous_id", claims.anonymousId),
      this.#owner("user_id", claims.userId),
      this.#owner("email", claims.email),
      claims.customerId,
    ];
    const ids = new Set<number>();
    for (const id of found) {
      if (id === undefined) continue;
      ids.add(id);
      ids.add(this.survivor(id));
    }
    return [...ids];
  }

  /**
   * The customer of an event, made where there is none. The claims name at least one id. `trusted`: the brand itself says
   * so, and not only somebody who holds a public key.
   */
  resolve(claims: Claims, at: Date, trusted: boolean): Resolved {
    const { userId, anonymousId, email } = claims;
    const userOwner = this.#owner("user_id", userId);
    const emailOwner = this.#owner("email", email);
    const visitorOwner = this.#owner("anonymous_id", anonymousId);

    let part = claims.customerId !== undefined ? this.part(claims.customerId) : undefined;
    if (part === undefined && userOwner !== undefined) part = this.part(userOwner);
    if (emailOwner !== undefined) part = this.#joinEmail(part, this.part(emailOwner), userId, at);

    let visitor = visitorOwner ?? 0;
    const named = userId !== undefined || email !== undefined;
    if (part === undefined && visitorOwner !== undefined) {
      const before = this.part(visitorOwner);
      if (!named || !this.isKnown(before)) part = before;
    }
    const isNew = part === undefined;
    if (part === undefined) part = this.#create(named, at);
    else if (named && !this.isKnown(part)) this.#makeKnown(part);

    if (userId !== undefined && userOwner === undefined) this.#give("user_id", userId, part, at);
    if (email !== undefined && emailOwner === undefined) this.#give("email", email, part, at);
    if (anonymousId !== undefined) {
      if (visitorOwner === undefined) {
        // A new browser of a known customer is a visitor of its own, so that it can be told apart later.
        visitor = isNew || !this.isKnown(part) ? part : this.#create(false, at);
        this.#give("anonymous_id", anonymousId, visitor, at);
        if (visitor !== part) this.#link(visitor, part, "identify", at);
      } else {
        this.#join(this.part(visitorOwner), part, "same_device", at);
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
  alias(previousId: string, claims: Claims, at: Date, trusted: boolean): Resolved {
    const resolved = this.resolve(claims, at, trusted);
    if (!trusted && this.isKnown(resolved.customer)) return resolved;
    const previous = this.#owner("anonymous_id", previousId) ?? this.#owner("user_id", previousId);
    if (previous === undefined) this.#give("anonymous_id", previousId, resolved.part, at);
    else this.#join(this.part(previous), resolved.part, "alias", at);
    return resolved;
  }

  /** An e-mail that already belongs to someone. Gives the customer that the event belongs to. */
  #joinEmail(part: number | undefined, owner: number, userId: string | undefined, at: Date): number {
    if (part === undefined) {
      const isAnotherAccount = userId !== undefined && this.#state.withUserId.has(this.survivor(owner));
      if (!isAnotherAccount) return owner;
      const created = this.#create(true, at);
      this.#propose(created, owner, "same_email", {});
      return created;
    }
    this.#join(owner, part, "same_email", at);
    return part;
  }

  /** Joins a visitor without a name into a customer; two known ones are only proposed. */
  #join(from: number, into: number, reason: Proposal["reason"], at: Date): void {
    if (this.survivor(from) === this.survivor(into)) return;
    if (!this.isKnown(from)) this.#link(from, into, reason === "alias" ? "alias" : "identify", at);
    else if (this.isKnown(into)) this.#propose(from, into, reason, {});
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

  #give(kind: IdentifierKind, value: string, customerId: number, at: Date): void {
    this.#state.owners.set(identifierKey(kind, value), customerId);
    if (kind === "user_id") this.#state.withUserId.add(this.survivor(customerId));
    this.changes.identifiers.push({ kind, value, customerId, at });
  }

  /** Only ids without a name are joined, and whom an operator merged has one: they have no parts. */
  #link(subjectId: number, partId: number, reason: string, at: Date): void {
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

  #propose(x: number, y: number, reason: Proposal["reason"], evidence: Record<string, unknown>): void {
    const [a, b] = x < y ? [x, y] : [y, x];
    if (this.#proposed.has(`${a} ${b}`)) return;
    this.#proposed.add(`${a} ${b}`);
    this.changes.proposals.push({ a, b, reason, evidence });
  }
}
