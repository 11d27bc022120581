import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { Button, Icon } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Interval } from "../../design/interval.tsx";
import { Note } from "../../design/note.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { Timeline } from "../../design/timeline.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { customer, customerInsight, customerTimeline, nextProducts } from "./queries.ts";
import { iconOf, identifierIcon, kindOf, useTouchpointWords } from "./touchpoint.ts";

/** One customer: who, what we may do, what happened, what it was worth and what comes next. */
export default function CustomerPage() {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const id = usePathValue("id");
  const one = useQuery(customer(id));
  const data = one.data;
  const number = data?.identifiers.find((one) => one.kind === "user_id")?.value;
  const name = data?.name ?? t(data?.known === false ? "visitor" : "unnamed", { id: number ?? id });
  return (
    <Page
      title={name}
      reading={
        data ? (
          data.orders.orders > 0 ? (
            <Trans
              t={t}
              i18nKey="page.readingOrders"
              count={data.orders.orders}
              components={{ b: <b /> }}
              values={{
                orders: f.number(data.orders.orders),
                value: f.money(data.orders.valueMinor),
                last: data.orders.lastAt ? f.date(data.orders.lastAt) : "–",
              }}
            />
          ) : (
            t("page.readingNone", { touchpoints: f.number(data.orders.touchpoints) })
          )
        ) : null
      }
      mark={
        data ? (
          <Chip>
            {t("page.known", { date: f.date(data.firstSeenAt) })},{" "}
            {t("page.lastSeen", { date: f.date(data.lastSeenAt) })}
          </Chip>
        ) : null
      }
    >
      {one.error ? (
        <Panel question={t("one")} state={stateOf(one)} />
      ) : (
        <>
          {data?.orders.unrated ? (
            <Note tone="warn">{t("page.unrated", { count: data.orders.unrated })}</Note>
          ) : null}
          <Scores
            id={id}
            paid={data ? f.money(data.orders.valueMinor) : "–"}
            orders={data?.orders.orders ?? 0}
          />
          <div className="c360">
            <div className="stack s4">
              <Identities id={id} />
              <Consents id={id} />
              <Profile id={id} />
            </div>
            <What id={id} />
            <div className="stack s4">
              <Next id={id} />
              <Answers id={id} />
            </div>
          </div>
        </>
      )}
    </Page>
  );
}

function Scores({ id, paid, orders }: { id: string; paid: string; orders: number }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const insight = useQuery(customerInsight(id));
  const value = insight.data?.value;
  const stage = insight.data?.stage;
  const none = (
    <>
      <b>{t("page.noScore")}</b>
      <p>{t("page.noScoreConsent")}</p>
    </>
  );
  return (
    <section className="strip" aria-label={t("page.worth")}>
      <div>
        <span className="q">{t("page.expected")}</span>
        {value?.expectedMinor != null && value.low95Minor != null && value.high95Minor != null ? (
          <Interval
            size="xl"
            estimate={{
              value: value.expectedMinor,
              low: value.low95Minor,
              high: value.high95Minor,
              coreLow: value.low50Minor ?? undefined,
              coreHigh: value.high50Minor ?? undefined,
            }}
            format={(minor) => f.money(minor, { whole: true })}
          />
        ) : (
          none
        )}
      </div>
      <div>
        <span className="q">{t("page.alive")}</span>
        {value?.pAlive != null ? <b className="v">{f.percent(value.pAlive)}</b> : none}
      </div>
      <div>
        <span className="q">{t("page.stage")}</span>
        {stage ? (
          <>
            <b className="v">{t(`stage.${stage.stage}`)}</b>
            <p>{t("page.since", { date: f.date(stage.since) })}</p>
          </>
        ) : (
          none
        )}
      </div>
      <div>
        <span className="q">{t("page.paid")}</span>
        <b className="v">{paid}</b>
        <p>{t("page.orderCount", { count: orders, orders: f.number(orders) })}</p>
      </div>
    </section>
  );
}

function Identities({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const one = useQuery(customer(id));
  const identifiers = one.data?.identifiers ?? [];
  const known = new Set(["user_id", "anonymous_id", "email"]);
  return (
    <Panel
      question={t("page.identities")}
      state={stateOf(one, { shape: "text" })}
      actions={<Chip tone="hedge">{t("page.identitiesJoined", { count: identifiers.length })}</Chip>}
    >
      <ul className="list">
        {identifiers.map((identifier) => (
          <li key={`${identifier.kind} ${identifier.value}`}>
            <Icon of={identifierIcon(identifier.kind)} />
            <span className="grow">
              {identifier.value}
              <br />
              <span className="meta">
                {known.has(identifier.kind)
                  ? t(`kind.${identifier.kind}`)
                  : t("kind.other", { kind: identifier.kind })}
                , {f.date(identifier.firstSeenAt)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Consents({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const one = useQuery(customer(id));
  return (
    <Panel question={t("page.consent")} state={stateOf(one, { shape: "text" })} how={[t("page.consentHow")]}>
      <ul className="list">
        {(one.data?.consents ?? []).map((consent) => (
          <li key={consent.purpose}>
            <span className="grow">
              <b>{consent.name[f.language]}</b>
              <br />
              <span className="meta">
                {consent.at
                  ? `${f.date(consent.at)}, ${t(`page.basis.${consent.basis}`)}`
                  : t("page.noAnswer")}
              </span>
            </span>
            {consent.granted === null ? (
              <Chip>{t("page.neverAsked")}</Chip>
            ) : consent.granted ? (
              <Chip tone="good">{t("page.granted")}</Chip>
            ) : (
              <Chip tone="bad">{t("page.withdrawn")}</Chip>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Profile({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const one = useQuery(customer(id));
  const traits = Object.entries(one.data?.traits ?? {});
  const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return (
    <Panel question={t("page.profile")} state={stateOf(one, { shape: "text" })}>
      {traits.length ? (
        <ul className="list">
          {traits.map(([key, value]) => (
            <li key={key}>
              <span className="soft">{key}</span>
              <span className="grow end">{text(value)}</span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="soft">{t("page.noTraits")}</p>
      )}
    </Panel>
  );
}

function What({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const pages = useInfiniteQuery(customerTimeline(id));
  const words = useTouchpointWords();
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel
      question={t("page.timeline")}
      state={stateOf(pages, {
        shape: "text",
        empty: () => items.length === 0 && <EmptyState title={t("page.noEvents")} />,
      })}
    >
      <Timeline
        label={t("page.timeline")}
        events={items.map((item) => ({
          id: item.eventId,
          at: item.happenedAt,
          icon: iconOf(item.name),
          kind: kindOf(item.name),
          ...words(item),
        }))}
      />
      {pages.hasNextPage ? (
        <div className="row center">
          <Button onClick={() => void pages.fetchNextPage()}>{t("page.earlier")}</Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Next({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const next = useQuery(nextProducts(id));
  return (
    <Panel
      question={t("page.offers")}
      state={stateOf(next, {
        shape: "text",
        empty: (data) => data.products.length === 0 && <p className="soft">{t(`page.next.${data.state}`)}</p>,
      })}
    >
      <ul className="list">
        {(next.data?.products ?? []).slice(0, 3).map((product) => (
          <li key={product.productId}>
            <span className="grow">
              <b>{product.title || product.productId}</b>
              <br />
              <span className="meta">{product.text[f.language]}</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Answers({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const insight = useQuery(customerInsight(id));
  return (
    <Panel
      question={t("page.answers")}
      state={stateOf(insight, {
        shape: "text",
        empty: (data) => data.answers.length === 0 && <p className="soft">{t("page.noAnswers")}</p>,
      })}
    >
      <ul className="list">
        {(insight.data?.answers ?? []).map((answer) => (
          <li key={`${answer.survey} ${answer.answeredAt}`}>
            <span className="grow">
              <b>{t("page.score", { score: answer.score })}</b>
              {answer.reason ? <p>{answer.reason}</p> : null}
              <span className="meta">
                {answer.survey}, {f.date(answer.answeredAt)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
