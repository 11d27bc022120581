import { ApiError, call } from "@rondell/api-client";
import { IconArrowRight, IconFlask2, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { Progress } from "../../design/progress.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { api, queryClient } from "../../shell/api.ts";
import { enterGarden, meQuery, useMe } from "../../shell/session.tsx";
import { isGrowing, type Sample, sampleQuery } from "./queries.ts";

/** The wizard's first door: the sample garden is grown here, its progress is shown, and it is entered or dropped. */
export default function SamplePage() {
  const { t } = useTranslation("sample");
  const query = useQuery(sampleQuery);
  const sample = query.data;
  const renew = async () => {
    await queryClient.invalidateQueries({ queryKey: sampleQuery.queryKey });
    await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  const grow = useMutation({
    mutationFn: () => call(api.POST("/api/sample", { body: {} })),
    onSuccess: renew,
  });
  const isReady = Boolean(sample?.truth?.summary);
  return (
    <Page title={t("title")} reading={t("reading")}>
      <Stack>
        {grow.error ? <ErrorState error={grow.error} /> : null}
        {!sample ? (
          <Panel question={t("title")} state={stateOf(query)}>
            {null}
          </Panel>
        ) : isGrowing(sample) ? (
          <Growing sample={sample} onDropped={renew} />
        ) : isReady ? (
          <Ready sample={sample} onDropped={renew} />
        ) : (
          <Panel question={t("begin.question")} reading={t("begin.reading")} how={[t("begin.how")]}>
            {sample.job?.state === "failed" ? (
              <ErrorState error={new ApiError("sample.failed", sample.job.error ?? t("failed"), 500)} />
            ) : null}
            <div className="row pad">
              <Button icon={IconFlask2} busy={grow.isPending} onClick={() => grow.mutate()}>
                {t(sample.garden ? "begin.again" : "begin.action")}
              </Button>
            </div>
          </Panel>
        )}
      </Stack>
    </Page>
  );
}

function Growing({ sample, onDropped }: { sample: Sample; onDropped: () => Promise<void> }) {
  const { t } = useTranslation("sample");
  const f = useFormats();
  const job = sample.job!;
  const { day, events, secondsLeft } = job.detail as { day?: string; events?: number; secondsLeft?: number };
  const share = job.progress ?? 0;
  return (
    <Panel
      question={t("growing.question")}
      reading={
        day === undefined
          ? t("growing.beginning")
          : t("growing.reading", {
              day: f.date(`${day}T12:00:00Z`, { year: true }),
              events: f.number(events ?? 0),
            })
      }
      how={[t("growing.how")]}
      actions={<DropButton isGrowing onDropped={onDropped} />}
    >
      <div className="stack s3 pad">
        <Progress done={share} label={t("growing.question")} />
        <p className="soft" aria-live="polite">
          {secondsLeft === undefined
            ? f.percent(share, { digits: 0 })
            : t("growing.left", {
                share: f.percent(share, { digits: 0 }),
                left: f.duration(Math.max(1, secondsLeft) * 1000),
              })}
        </p>
      </div>
    </Panel>
  );
}

function Ready({ sample, onDropped }: { sample: Sample; onDropped: () => Promise<void> }) {
  const { t } = useTranslation("sample");
  const f = useFormats();
  const summary = sample.truth!.summary!;
  const { offers, later } = summary;
  const money = (minor: number) => f.money(minor, { currency: sample.garden!.currency });
  return (
    <>
      <Panel
        question={t("ready.question")}
        reading={t("ready.reading", {
          brand: sample.garden!.brand,
          customers: f.number(summary.customers),
          events: f.number(summary.events),
        })}
        actions={<DropButton onDropped={onDropped} />}
      >
        <div className="row pad">
          <Button icon={IconArrowRight} onClick={() => enterGarden(sample.garden!.id)}>
            {t("ready.enter")}
          </Button>
        </div>
      </Panel>
      <Panel question={t("truth.question")} reading={t("truth.reading")} how={[t("truth.how")]}>
        <dl className="pad stack s2">
          <Fact name={t("truth.active")} value={f.number(summary.activeAtEnd)} />
          <Fact name={t("truth.later")} value={f.number(later.purchases)} />
          <Fact name={t("truth.laterSpend")} value={money(later.spendMinor)} />
          <Fact name={t("truth.effect")} value={money(Math.round(offers.perReachedMinor))} />
          <Fact name={t("truth.worth")} value={money(offers.extraSpendMinor)} />
        </dl>
      </Panel>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="row spread">
      <dt className="soft">{name}</dt>
      <dd className="num">{value}</dd>
    </div>
  );
}

function DropButton({
  isGrowing = false,
  onDropped,
}: {
  isGrowing?: boolean;
  onDropped: () => Promise<void>;
}) {
  const { t } = useTranslation("sample");
  const me = useMe();
  const confirm = useConfirm();
  const drop = useMutation({
    mutationFn: () => call(api.DELETE("/api/sample")),
    async onSuccess() {
      const own = me.gardens.find((garden) => !garden.synthetic);
      // Whoever stands in the garden that is gone is led home.
      if (me.garden?.synthetic && own) enterGarden(own.id, "/sample");
      else await onDropped();
    },
  });
  const ask = async () => {
    if (await confirm({ title: t("drop.title"), text: t("drop.text"), action: t("drop.action") }))
      drop.mutate();
  };
  return (
    <>
      {drop.error ? <Note tone="bad">{t("drop.failed")}</Note> : null}
      <Button kind="quiet" icon={IconTrash} busy={drop.isPending} onClick={() => void ask()}>
        {t(isGrowing ? "drop.stop" : "drop.action")}
      </Button>
    </>
  );
}
