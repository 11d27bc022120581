import { IconBasketPlus, IconGift } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable, usePages } from "../../design/data-table.tsx";
import { axisAround, Interval } from "../../design/interval.tsx";
import { Link } from "../../design/link.tsx";
import { NumberLink } from "../../design/number-link.tsx";
import { Fact, Grid, Page, Stack, Strip } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { Waiting } from "../experiments/effect-figures.tsx";
import { EffectReading } from "../experiments/effect-reading.tsx";
import { effectQuery } from "../experiments/queries.ts";
import { PairsTable } from "./pairs-table.tsx";
import { type Decisions, decisionsQuery, pairsQuery } from "./queries.ts";
import { RefreshButton } from "./refresh-button.tsx";

/** What was offered to whom, what came of it, and what is bought together. */
export default function OffersPage() {
  const { t } = useTranslation("placements");
  const f = useFormats();
  const decisions = useQuery(decisionsQuery);
  const pairs = useQuery(pairsQuery("", 15));
  const counts = decisions.data?.counts;
  return (
    <Page
      title={t("title")}
      reading={
        counts ? (
          counts.decided > 0 ? (
            <Trans
              t={t}
              i18nKey="reading"
              components={{ b: <b /> }}
              values={{
                accepted: f.number(counts.accepted),
                made: f.number(counts.made),
                held: f.number(counts.heldBack),
              }}
            />
          ) : (
            t("readingNone")
          )
        ) : null
      }
      actions={<RefreshButton />}
    >
      {decisions.data && decisions.data.counts.decided > 0 ? <Counts decisions={decisions.data} /> : null}
      <Grid columns="3:2">
        <Stack>
          <Panel
            question={t("pairs.question")}
            {...(pairs.data?.pairs[0] ? { reading: pairs.data.pairs[0].text[f.language] } : {})}
            how={[t("pairs.how", { min: f.number(pairs.data?.customersMin ?? 5) }), t("pairs.liftHow")]}
            flush
            state={stateOf(pairs, {
              shape: "table",
              empty: (data) =>
                data.pairs.length === 0 && (
                  <EmptyState
                    icon={IconBasketPlus}
                    title={t("pairs.none")}
                    actions={<LinkButton to="/imports">{t("pairs.noneDo")}</LinkButton>}
                  >
                    {t("pairs.noneText", { min: f.number(data.customersMin) })}
                  </EmptyState>
                ),
            })}
          >
            {pairs.data ? <PairsTable pairs={pairs.data.pairs} /> : null}
          </Panel>
        </Stack>
        <Stack>
          <EffectPanel />
          <Panel question={t("ask.question")} how={[t("ask.how")]}>
            <p>{t("ask.text")}</p>
            <pre className="code">{example}</pre>
            <p>
              <Link to="/docs">{t("ask.docs")}</Link>
            </p>
          </Panel>
        </Stack>
      </Grid>
      <Panel
        question={t("recent.question")}
        how={[t("recent.how")]}
        flush
        state={stateOf(decisions, {
          shape: "table",
          empty: (data) =>
            data.recent.length === 0 && (
              <EmptyState icon={IconGift} title={t("recent.none")}>
                {t("recent.noneText")}
              </EmptyState>
            ),
        })}
      >
        {decisions.data ? <Recent rows={decisions.data.recent} /> : null}
      </Panel>
    </Page>
  );
}

const example = `POST /v1/decide
{ "writeKey": "wk_…",
  "anonymousId": "…" }

POST /v1/decide/shown
{ "writeKey": "wk_…",
  "decisionId": "…" }`;

function Counts({ decisions }: { decisions: Decisions }) {
  const { t } = useTranslation("placements");
  const f = useFormats();
  const { counts, from, to } = decisions;
  const stage = (name: string) => ({ filter: "offer_stage", value: `${name},${from},${to}` });
  const share = (part: number, whole: number) => (whole > 0 ? f.percent(part / whole) : "–");
  const fact = (name: "made" | "held_back" | "shown" | "accepted", count: number, note: string) => (
    <Fact question={t(`counts.${name}`)}>
      <b className="v">
        <NumberLink customers={stage(name)} from={t(`counts.${name}`)}>
          {f.number(count)}
        </NumberLink>
      </b>
      <p>{note}</p>
    </Fact>
  );
  return (
    <Strip>
      {fact("made", counts.made, t("counts.madeNote", { customers: f.number(counts.customers) }))}
      {fact(
        "held_back",
        counts.heldBack,
        t("counts.heldNote", { share: share(counts.heldBack, counts.decided) }),
      )}
      {fact("shown", counts.shown, t("counts.shownNote", { share: share(counts.shown, counts.made) }))}
      {fact(
        "accepted",
        counts.accepted,
        t("counts.acceptedNote", { share: share(counts.accepted, counts.made) }),
      )}
    </Strip>
  );
}

function EffectPanel() {
  const { t } = useTranslation("placements");
  const f = useFormats();
  const query = useQuery(effectQuery);
  const effect = query.data;
  return (
    <Panel
      question={t("effect.question")}
      // Too early says so itself, with what is missing.
      reading={effect && effect.state !== "too_early" ? <EffectReading effect={effect} /> : null}
      how={[t("effect.how")]}
      state={stateOf(query, { shape: "number", height: 120 })}
      actions={
        <LinkButton kind="quiet" to="/experiments">
          {t("effect.more")}
        </LinkButton>
      }
    >
      {effect?.state === "too_early" ? <Waiting effect={effect} /> : null}
      {effect?.state === "known" && effect.worth ? (
        <Interval
          size="lg"
          estimate={effect.worth}
          format={(value) => f.money(value, { compact: true, signed: true })}
          axis={axisAround([effect.worth], 0)}
          customers={{ filter: "holdout_arm", value: "treated" }}
          from={t("effect.question")}
          note={t("effect.note", { customers: f.number(effect.treated.customers) })}
        />
      ) : null}
    </Panel>
  );
}

function Recent({ rows }: { rows: Decisions["recent"] }) {
  const { t } = useTranslation("placements");
  const f = useFormats();
  type Row = Decisions["recent"][number];
  const columns: Column<Row>[] = [
    {
      id: "customer",
      head: t("recent.customer"),
      lead: true,
      cell: (row) => (
        <Link to={`/customers/${row.customer}`}>
          <b>{row.name ?? t("recent.unnamed", { id: row.customer })}</b>
        </Link>
      ),
    },
    {
      id: "offer",
      head: t("recent.offer"),
      minWidth: 11,
      plain: true,
      cell: (row) => (
        <Link to="/catalogue" search={{ q: row.productId }}>
          {row.title}
        </Link>
      ),
    },
    {
      id: "reason",
      head: t("recent.reason"),
      plain: true,
      cell: (row) =>
        row.reason === "bought_together" || row.reason === "viewed_together" || row.reason === "popular"
          ? t(`reason.${row.reason}`)
          : row.reason,
    },
    {
      id: "outcome",
      head: t("recent.outcome"),
      plain: true,
      cell: (row) =>
        row.arm === "holdout" ? (
          <Chip>{t("outcome.held")}</Chip>
        ) : row.accepted ? (
          <Chip tone="good">{t("outcome.accepted")}</Chip>
        ) : (
          <Chip tone={row.shown ? "hedge" : "plain"}>{t(row.shown ? "outcome.shown" : "outcome.made")}</Chip>
        ),
    },
    { id: "at", head: t("recent.at"), right: true, plain: true, cell: (row) => f.dateTime(row.at) },
  ];
  const pages = usePages(rows, 10);
  return (
    <DataTable
      label={t("recent.question")}
      dense
      columns={columns}
      rows={pages.rows}
      paging={pages.paging}
      rowId={(row) => row.decisionId}
    />
  );
}
