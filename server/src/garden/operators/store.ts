import { randomUUID } from "node:crypto";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import type { Tx } from "../context.ts";
import type { Language, Role } from "../model.ts";
import { Operator } from "./model.ts";

const columns = sql.raw("id, name, email, role, language, one_time_until, created_at");

export function listOperators(on: Executor): Promise<Operator[]> {
  return query(on, sql`select ${columns} from rondell.operators order by created_at, id`, Operator);
}

export function findOperator(on: Executor, id: string): Promise<Operator | undefined> {
  return queryOne(on, sql`select ${columns} from rondell.operators where id = ${id}`, Operator);
}

export function findOperatorByEmail(on: Executor, email: string): Promise<Operator | undefined> {
  return queryOne(on, sql`select ${columns} from rondell.operators where email = ${email}`, Operator);
}

/** All operators, locked until the end of the transaction, so that the last owner cannot leave twice. */
export function lockOperators(tx: Tx): Promise<Operator[]> {
  return query(tx, sql`select ${columns} from rondell.operators order by id for update`, Operator);
}

export async function hasOperators(on: Executor): Promise<boolean> {
  return (await query(on, sql`select 1 from rondell.operators limit 1`)).length > 0;
}

/** Saves a new operator with the hash of a password; undefined when the e-mail is taken. */
export async function insertOperator(
  on: Executor,
  operator: {
    name: string;
    email: string;
    role: Role;
    language?: Language;
    passwordHash: string;
    oneTimeUntil: Date | null;
    at: Date;
  },
): Promise<Operator | undefined> {
  const id = randomUUID();
  const saved = await queryOne(
    on,
    sql`insert into rondell.operators (id, name, email, role, language, one_time_until, created_at, updated_at)
      values (${id}, ${operator.name}, ${operator.email}, ${operator.role}, ${operator.language},
        ${operator.oneTimeUntil}, ${operator.at}, ${operator.at})
      on conflict (email) do nothing returning ${columns}`,
    Operator,
  );
  if (!saved) return undefined;
  await query(
    on,
    sql`insert into rondell.operator_accounts (id, user_id, account_id, provider_id, password, created_at, updated_at)
      values (${randomUUID()}, ${id}, ${id}, 'credential', ${operator.passwordHash}, ${operator.at}, ${operator.at})`,
  );
  return saved;
}

export async function saveOperator(tx: Tx, operator: Operator, at: Date): Promise<void> {
  await query(
    tx,
    sql`update rondell.operators set name = ${operator.name}, role = ${operator.role},
        language = ${operator.language}, one_time_until = ${operator.oneTimeUntil}, updated_at = ${at} where id = ${operator.id}`,
  );
}

/** Replaces the password and ends every session that the old one opened. */
export async function replacePassword(tx: Tx, id: string, passwordHash: string, at: Date): Promise<void> {
  await query(
    tx,
    sql`update rondell.operator_accounts set password = ${passwordHash}, updated_at = ${at}
      where user_id = ${id} and provider_id = 'credential'`,
  );
  await query(tx, sql`delete from rondell.operator_sessions where user_id = ${id}`);
}

/** Takes the operator away with accounts and sessions. */
export async function deleteOperator(tx: Tx, id: string): Promise<void> {
  await query(tx, sql`delete from rondell.operators where id = ${id}`);
}
