import { call } from "@rondell/api-client";
import { IconArrowMerge, IconArrowsExchange } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState, ErrorState } from "../../design/states.tsx";
import { api } from "../../shell/api.ts";
import { type RawSearch, searchNumber, searchText, usePageSearch } from "../../shell/search.ts";
import { useCustomerName } from "../customers/name.tsx";
import { Comparison } from "./comparison.tsx";
import { FindOther } from "./find-other.tsx";
import { mergePreview, type Preview, renewCustomers } from "./queries.ts";

interface MergeSearch {
  /** Who goes on. */
  a: string | undefined;
  /** Who is merged into it. */
  b: string | undefined;
  /** The proposal that brought us here. */
  proposal: number | undefined;
}
const readSearch = (raw: RawSearch): MergeSearch => ({
  a: searchText(raw.a),
  b: searchText(raw.b),
  proposal: searchNumber(raw.proposal),
});

/** Two customers side by side: what would be kept of each, and the button that merges them. */
export default function MergePage() {
  const { t } = useTranslation("merges");
  const [{ a, b, proposal }, setSearch] = usePageSearch(readSearch);
  if (!a)
    return (
      <Page title={t("merge")}>
        <Panel
          question={t("merge.question")}
          state={{
            kind: "empty",
            content: (
              <EmptyState
                icon={IconArrowMerge}
                title={t("merge.nobody")}
                actions={<LinkButton to="/customers">{t("customers:title")}</LinkButton>}
              >
                {t("merge.nobodyText")}
              </EmptyState>
            ),
          }}
        />
      </Page>
    );
  if (!b) return <FindOther of={a} onFound={(id) => setSearch({ b: id })} />;
  return (
    <SideBySide
      {...{ a, b, proposal }}
      onSwap={() => setSearch({ a: b, b: a })}
      onOther={() => setSearch({ b: undefined, proposal: undefined })}
    />
  );
}

function SideBySide({
  a,
  b,
  proposal,
  onSwap,
  onOther,
}: MergeSearch & { a: string; b: string; onSwap: () => void; onOther: () => void }) {
  const { t } = useTranslation("merges");
  const nameOf = useCustomerName();
  const preview = useQuery(mergePreview(a, b));
  const data = preview.data;
  const one = data ? nameOf(data.survivor) : "";
  const other = data ? nameOf(data.joined) : "";
  return (
    <Page
      title={t("merge")}
      reading={data ? t("merge.reading", { one, other }) : null}
      actions={
        <>
          <Button icon={IconArrowsExchange} onClick={onSwap}>
            {t("merge.swap")}
          </Button>
          <Button kind="quiet" onClick={onOther}>
            {t("merge.other")}
          </Button>
        </>
      }
    >
      <Panel
        question={t("merge.question")}
        flush
        state={stateOf(preview, { shape: "table" })}
        how={[t("merge.howTraits"), t("merge.howConsent"), t("merge.howEvents")]}
      >
        {data ? <Comparison preview={data} one={one} other={other} /> : null}
      </Panel>
      {data ? <Confirm {...{ data, one, other, proposal }} /> : null}
    </Page>
  );
}

function Confirm({
  data,
  one,
  other,
  proposal,
}: {
  data: Preview;
  one: string;
  other: string;
  proposal: number | undefined;
}) {
  const { t } = useTranslation("merges");
  const navigate = useNavigate();
  const merge = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/customers/{id}/merges", {
          params: { path: { id: data.survivor.id } },
          body: { joined: data.joined.id, ...(proposal === undefined ? {} : { proposal }) },
        }),
      ),
    onSuccess: async (entry) => {
      await renewCustomers();
      notifyDone(t("merge.done", { one, other }));
      void navigate({ to: `/customers/${entry.survivor?.id ?? data.survivor.id}` as "/" });
    },
  });
  const isSame = data.survivor.id === data.joined.id;
  const isNameless = !data.survivor.known || !data.joined.known;
  const reason = isSame ? t("merge.isSame") : isNameless ? t("merge.isNameless") : undefined;
  return (
    <Panel question={t("merge.confirm")} reading={t("merge.confirmText", { one, other })}>
      {merge.error ? <ErrorState error={merge.error} title={t("merge.failed")} /> : null}
      <div className="row">
        <Button
          kind="main"
          icon={IconArrowMerge}
          busy={merge.isPending}
          disabledReason={reason}
          onClick={() => merge.mutate()}
        >
          {t("merge.action")}
        </Button>
        <LinkButton
          to={proposal === undefined ? `/customers/${data.survivor.id}` : "/duplicates"}
          kind="quiet"
        >
          {t("merge.cancel")}
        </LinkButton>
      </div>
    </Panel>
  );
}
