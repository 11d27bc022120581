import { isWithin, type Saying, type Traits } from "./model.ts";

export interface KnownAccount {
  id: number;
  externalId: string;
  vouched: boolean;
}

export interface KnownMember {
  accountId: number;
  /** The id that it was written for. */
  writtenFor: number;
  since: Date;
  until: Date | null;
  vouched: boolean;
  removed: boolean;
}

/** A group call: what was said of an account, and of one of its members. */
export interface GroupCall {
  externalId: string;
  traits: Traits;
  role: string | undefined;
  at: Date;
  trusted: boolean;
  /** For whom the membership is written: 0 where who speaks may not say it of whom it names. */
  speaker: number;
  /** The customer that the speaker is. */
  customerId: number;
}

/** A membership as it was told; the table keeps the newer of what it has and this. */
export interface ToldMember {
  accountId: number;
  customerId: number;
  role: string | undefined;
  at: Date;
  vouched: boolean;
}

export interface AccountChanges {
  created: (KnownAccount & { at: Date })[];
  said: Map<number, Saying[]>;
  members: ToldMember[];
}

/** Accounts and memberships of the customers of a batch, and what becomes of them while it is worked through. No I/O. */
export class AccountBook {
  readonly changes: AccountChanges = { created: [], said: new Map(), members: [] };
  private readonly accounts: Map<string, KnownAccount>;
  private readonly members: Map<number, KnownMember[]>;
  private readonly newId: () => number;

  /** `members` lie under the customer that each is now. */
  constructor(
    known: { accounts: readonly KnownAccount[]; members: Map<number, KnownMember[]> },
    newId: () => number,
  ) {
    this.accounts = new Map(known.accounts.map((one) => [one.externalId, one]));
    this.members = known.members;
    this.newId = newId;
  }

  /** One id was joined into another: what the brand said of it comes along, what a browser said of itself does not. */
  join(subjectId: number, customerId: number): void {
    const own = this.members.get(subjectId)?.filter((one) => one.vouched) ?? [];
    this.members.delete(subjectId);
    if (own.length) this.members.set(customerId, [...(this.members.get(customerId) ?? []), ...own]);
  }

  /** Takes a group call in. Who may not speak for the customer says nothing. */
  group(call: GroupCall): void {
    const { externalId, trusted, speaker, at } = call;
    if (!trusted && !speaker) return;
    const before = this.accounts.get(externalId);
    const account = before ?? this.create(externalId, trusted, at);
    // With a public key alone nobody changes an account that is there.
    if (trusted || !before) this.say(account, { traits: call.traits, at: trusted ? at : null });
    if (speaker) this.enter(account.id, call);
  }

  private enter(accountId: number, { role, at, trusted, speaker, customerId }: GroupCall): void {
    const all = this.members.get(customerId) ?? [];
    const own = all.filter((one) => one.accountId === accountId);
    if (own.some((one) => one.removed)) return;
    // It was over by then: a call that comes late brings nobody back.
    if (own.some((one) => one.until !== null && at < one.until)) return;
    const open = own.find((one) => one.until === null);
    // What a browser says of itself adds nothing to what the brand said.
    if (open?.vouched && !trusted) return;
    const writtenFor = open?.writtenFor ?? speaker;
    this.changes.members.push({ accountId, customerId: writtenFor, role, at, vouched: trusted });
    const since = open && open.since < at && (open.vouched || !trusted) ? open.since : at;
    const member = { accountId, writtenFor, since, until: null, vouched: trusted, removed: false };
    this.members.set(customerId, [...all.filter((one) => one !== open), member]);
  }

  /**
   * To which account an event belongs: the one that it names, or whose member its customer was then, of several the
   * latest; 0 for none. A browser names only one that its customer belongs to, and what it says of itself proves nothing:
   * nobody adds an order to a company by its number.
   */
  accountOf(event: { named: string | undefined; customerId: number; at: Date; trusted: boolean }): number {
    const { named, customerId, at, trusted } = event;
    const standing = (this.members.get(customerId) ?? []).filter((one) => one.vouched && isWithin(one, at));
    if (named !== undefined) {
      const account = this.accounts.get(named) ?? (trusted ? this.create(named, true, at) : undefined);
      if (account && (trusted || standing.some((one) => one.accountId === account.id))) return account.id;
    }
    let latest: KnownMember | undefined;
    for (const one of standing)
      if (
        !latest ||
        one.since > latest.since ||
        (+one.since === +latest.since && one.accountId > latest.accountId)
      )
        latest = one;
    return latest?.accountId ?? 0;
  }

  private create(externalId: string, vouched: boolean, at: Date): KnownAccount {
    const account = { id: this.newId(), externalId, vouched };
    this.accounts.set(externalId, account);
    this.changes.created.push({ ...account, at });
    return account;
  }

  private say(account: KnownAccount, saying: Saying): void {
    if (!Object.keys(saying.traits).length && (account.vouched || !saying.at)) return;
    const said = this.changes.said.get(account.id);
    if (said) said.push(saying);
    else this.changes.said.set(account.id, [saying]);
    if (saying.at) account.vouched = true;
  }
}
