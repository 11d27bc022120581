import { call, type paths } from "@rondell/api-client";
import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api } from "../../shell/api.ts";
import { PageTabs } from "../../shell/page-tabs.tsx";

type Change = paths["/api/audit"]["get"]["responses"][200]["content"]["application/json"]["changes"][number];

const PAGE = 50;

const auditTrail = () =>
  infiniteQueryOptions({
    queryKey: ["audit", "list"],
    queryFn: ({ signal, pageParam }) =>
      call(
        api.GET("/api/audit", {
          params: { query: { max: PAGE, ...(pageParam ? { before: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** Who changed what: nothing here can be changed or removed. */
export default function AuditPage() {
  const { t, i18n } = useTranslation("audit");
  const f = useFormats();
  const trail = useInfiniteQuery(auditTrail());
  const changes = trail.data?.pages.flatMap((page) => page.changes) ?? [];
  const actionOf = (action: string) =>
    i18n.exists(`audit:action.${action}`) ? t(`action.${action}`) : action;
  const columns: Column<Change>[] = [
    {
      id: "action",
      head: t("change"),
      lead: true,
      cell: (change) => (
        <>
          <b>{actionOf(change.action)}</b>
          <br />
          <span className="xs dim mono">{change.subject}</span>
        </>
      ),
    },
    {
      id: "who",
      head: t("who"),
      plain: true,
      cell: (change) => (
        <>
          {change.actorKind === "command" ? null : change.actorName}{" "}
          <span className="sm dim">{t(`kind.${change.actorKind}`)}</span>
        </>
      ),
    },
    { id: "what", head: t("difference"), plain: true, cell: (change) => <Difference change={change} /> },
    { id: "at", head: t("at"), right: true, plain: true, cell: (change) => f.dateTime(change.at) },
  ];
  return (
    <Page title={t("title")} reading={t("reading")}>
      <PageTabs here="/settings/audit" />
      <Panel
        question={t("what")}
        flush
        how={[t("how")]}
        state={stateOf(trail, {
          shape: "table",
          empty: () => changes.length === 0 && <EmptyState title={t("none")} />,
        })}
      >
        <DataTable
          label={t("title")}
          dense
          columns={columns}
          rows={changes}
          rowId={(change) => String(change.id)}
        />
        {trail.hasNextPage ? (
          <div className="row center pad">
            <Button busy={trail.isFetchingNextPage} onClick={() => void trail.fetchNextPage()}>
              {t("more")}
            </Button>
          </div>
        ) : null}
      </Panel>
    </Page>
  );
}

/** The fields that differ, before and after; for what was made or removed, all of them. */
function Difference({ change }: { change: Change }) {
  const { t } = useTranslation("audit");
  const before = fieldsOf(change.before);
  const after = fieldsOf(change.after);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => wordOf(before[name]) !== wordOf(after[name]),
  );
  if (names.length === 0) return <span className="dim">–</span>;
  return (
    <details>
      <summary className="sm">{t("fields", { count: names.length })}</summary>
      <dl className="kv">
        {names.map((name) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>
              {name in before ? <s className="dim">{wordOf(before[name])}</s> : null}{" "}
              {name in after ? wordOf(after[name]) : null}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  return typeof value === "object" && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { "": value };
}

const wordOf = (value: unknown): string =>
  value === null || value === undefined
    ? ""
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
