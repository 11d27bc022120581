import { execute, sql } from "../platform/postgres/index.ts";
import type { PersonStore } from "./person-store.ts";

/** What was changed stays in the trail, with who did it and when; what names the person in it goes. */
export const gardenStores: PersonStore[] = [
  {
    name: "audit",
    engine: "postgres",
    erase: (tx, _ctx, { texts }) =>
      execute(
        tx,
        sql`update audit as t set before = null, after = null,
            subject = case when exists (select from unnest(${texts}::text[]) as a (text) where position(a.text in t.subject) > 0) then 'erased' else subject end
          where exists (select from unnest(${texts}::text[]) as a (text)
            where position(a.text in t.subject || ' ' || coalesce(t.before::text, '') || ' ' || coalesce(t.after::text, '')) > 0)`,
      ),
  },
  {
    name: "job_runs",
    engine: "postgres",
    erase: (tx, ctx, { texts }) =>
      execute(
        tx,
        sql`delete from rondell.job_runs as t where garden = ${ctx.garden.id} and state not in ('queued', 'running')
          and exists (select from unnest(${texts}::text[]) as a (text)
            where position(a.text in t.detail::text || ' ' || t.input::text || ' ' || coalesce(t.result::text, '') || ' ' || coalesce(t.error, '')) > 0)`,
      ),
  },
];
