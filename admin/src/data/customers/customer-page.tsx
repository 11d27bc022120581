import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { Button, Icon } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { Timeline } from "../../design/timeline.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { CustomerAccounts } from "../accounts/customer-accounts.tsx";
import { Merges } from "../merges/merges-panel.tsx";
import { Consents } from "./consents-panel.tsx";
import { Life } from "./life-panel.tsx";
import { useCustomerName } from "./name.tsx";
import { Orders } from "./orders-panel.tsx";
import { customer, customerInsight, customerTimeline, nextProducts } from "./queries.ts";
import { Scores } from "./scores.tsx";
import { iconOf, identifierIcon, kindOf, type Touchpoint, useTouchpointWords } from "./touchpoint.ts";
import { useTraitWords } from "./trait.ts";
import { UnratedWords } from "./unrated-note.tsx";

/** One customer: who, what we may do, what happened, what it was worth and what comes next. */
export default function CustomerPage() {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const id = usePathValue("id");
  const one = useQuery(customer(id));
  const data = one.data;
  const number = data?.identifiers.find((one) => one.kind === "user_id")?.value;
  const nameOf = useCustomerName();
  const name = nameOf({ id, name: data?.name ?? null, userId: number ?? null, known: data?.known ?? true });
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
            t("page.readingNone", {
              count: data.orders.touchpoints,
              touchpoints: f.number(data.orders.touchpoints),
            })
          )
        ) : null
      }
      mark={
        data ? (
          <span className="sm soft">
            {t("page.known", { date: f.date(data.firstSeenAt) })},{" "}
            {t("page.lastSeen", { date: f.date(data.lastSeenAt) })}
          </span>
        ) : null
      }
    >
      {one.error ? (
        <Panel question={t("one")} state={stateOf(one)} />
      ) : (
        <>
          {data ? <UnratedWords orders={data.orders.unrated} refunds={data.orders.unratedRefunds} /> : null}
          <Scores id={id} />
          <div className="c360">
            <div className="stack s4">
              <Identities id={id} />
              <CustomerAccounts id={id} />
              <Merges id={id} known={data?.known ?? false} />
              <Consents id={id} />
              <Profile id={id} />
            </div>
            <div className="stack s4">
              <Orders id={id} />
              <What id={id} />
            </div>
            <div className="stack s4">
              <Life id={id} />
              <Next id={id} />
              <Answers id={id} />
            </div>
          </div>
        </>
      )}
    </Page>
  );
}

function Identities({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const one = useQuery(customer(id));
  const identifiers = one.data?.identifiers ?? [];
  const known = new Set(["user_id", "anonymous_id", "email", "phone", "email_sha256", "phone_sha256"]);
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
                  : identifier.kind.startsWith("customer_of:")
                    ? t("kind.customerOf", { source: identifier.kind.slice("customer_of:".length) })
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

function Profile({ id }: { id: string }) {
  const { t } = useTranslation("customers");
  const one = useQuery(customer(id));
  const traits = Object.entries(one.data?.traits ?? {});
  const words = useTraitWords();
  return (
    <Panel question={t("page.profile")} state={stateOf(one, { shape: "text" })}>
      {traits.length ? (
        <ul className="list">
          {traits.map(([key, value]) => (
            <li key={key}>
              <span className="soft">{words.name(key)}</span>
              <span className="grow end">{words.text(value)}</span>
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
  /** A line of what it was, and below it what the customer wrote. */
  const told = (item: Touchpoint & { words: { title: string; text: string } | null }) => {
    const { text, meta } = words(item);
    if (!item.words) return { text, meta };
    const said = [item.words.title, item.words.text].filter(Boolean);
    return {
      text,
      meta: (
        <>
          {meta}
          {said.map((part) => (
            <q key={part} className="said">
              {part}
            </q>
          ))}
        </>
      ),
    };
  };
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
          ...told(item),
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
