import { Modal } from "@mantine/core";
import { IconHierarchy, IconPencil } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { Timeline } from "../../design/timeline.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { useMay } from "../../shell/session.tsx";
import { useCustomerName } from "../customers/name.tsx";
import { iconOf, kindOf, useTouchpointWords } from "../customers/touchpoint.ts";
import { AccountForm } from "./account-form.tsx";
import { FiguresPanel } from "./figures-panel.tsx";
import { Members } from "./members-panel.tsx";
import { ParentForm } from "./parent-form.tsx";
import { account, accountAnswers, accountTimeline } from "./queries.ts";

/** One account: what it comes to, who belongs to it, what they did and said. */
export default function AccountPage() {
  const { t } = useTranslation("accounts");
  const f = useFormats();
  const may = useMay();
  const id = usePathValue("id");
  const one = useQuery(account(id));
  const [open, setOpen] = useState<"traits" | "parent">();
  const data = one.data;
  const close = () => setOpen(undefined);
  return (
    <Page
      title={data?.name ?? t("one")}
      reading={
        data ? (
          <Trans
            t={t}
            i18nKey="page.reading"
            count={data.whole.members}
            components={{ b: <b /> }}
            values={{
              n: f.number(data.whole.members),
              orders: t("page.orders", { count: data.whole.orders, n: f.number(data.whole.orders) }),
              value: f.money(data.whole.revenueMinor),
            }}
          />
        ) : null
      }
      mark={
        data?.above.length ? (
          <nav className="sm soft" aria-label={t("page.above")}>
            {[...data.above].reverse().map((above) => (
              <span key={above.id}>
                <Link to={`/accounts/${above.id}`}>{above.name}</Link> ›{" "}
              </span>
            ))}
            {data.name}
          </nav>
        ) : null
      }
      actions={
        data && may("data:write") ? (
          <>
            <Button icon={IconHierarchy} onClick={() => setOpen("parent")}>
              {t("parent.change")}
            </Button>
            <Button icon={IconPencil} onClick={() => setOpen("traits")}>
              {t("page.change")}
            </Button>
          </>
        ) : null
      }
    >
      {one.error ? (
        <Panel question={t("one")} state={stateOf(one)} />
      ) : (
        <>
          {data && !data.vouched ? <Note tone="warn">{t("page.unproven")}</Note> : null}
          <FiguresPanel id={id} />
          <Members id={id} />
          <div className="grid g21">
            <What id={id} />
            <div className="stack s4">
              <Traits id={id} />
              <Answers id={id} />
            </div>
          </div>
        </>
      )}
      {data ? (
        <Modal
          opened={open !== undefined}
          onClose={close}
          title={t(open === "parent" ? "parent.change" : "page.change")}
          closeButtonProps={{ "aria-label": t("design:close") }}
        >
          {open === "traits" ? <AccountForm of={data} onDone={close} /> : null}
          {open === "parent" ? <ParentForm of={data} onDone={close} /> : null}
        </Modal>
      ) : null}
    </Page>
  );
}

function Traits({ id }: { id: string }) {
  const { t, i18n } = useTranslation("accounts");
  const f = useFormats();
  const one = useQuery(account(id));
  const text = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  return (
    <Panel question={t("page.traits")} state={stateOf(one, { shape: "text" })}>
      {one.data ? (
        <ul className="list">
          <li>
            <span className="soft">{t("form.number")}</span>
            <span className="grow end">{one.data.number}</span>
          </li>
          {Object.entries(one.data.traits).map(([key, value]) => (
            <li key={key}>
              <span className="soft">
                {i18n.exists(`trait.${key}`, { ns: "accounts" }) ? t(`trait.${key}`) : key}
              </span>
              <span className="grow end">{text(value)}</span>
            </li>
          ))}
          <li>
            <span className="soft">{t("page.since")}</span>
            <span className="grow end">{f.date(one.data.createdAt)}</span>
          </li>
        </ul>
      ) : null}
    </Panel>
  );
}

function What({ id }: { id: string }) {
  const { t } = useTranslation("accounts");
  const pages = useInfiniteQuery(accountTimeline(id));
  const words = useTouchpointWords();
  const nameOf = useCustomerName();
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
        events={items.map((item) => {
          const { text, meta } = words(item);
          return {
            ...{
              id: item.eventId,
              at: item.happenedAt,
              icon: iconOf(item.name),
              kind: kindOf(item.name),
              text,
            },
            meta: (
              <>
                <Link to={`/customers/${item.customer.id}`}>{nameOf(item.customer)}</Link>
                {meta ? <> · {meta}</> : null}
              </>
            ),
          };
        })}
      />
      {pages.hasNextPage ? (
        <div className="row center">
          <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("page.earlier")}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

function Answers({ id }: { id: string }) {
  const { t } = useTranslation("accounts");
  const f = useFormats();
  const nameOf = useCustomerName();
  const answers = useQuery(accountAnswers(id));
  return (
    <Panel
      question={t("page.answers")}
      state={stateOf(answers, {
        shape: "text",
        empty: (data) => data.items.length === 0 && <p className="soft">{t("page.noAnswers")}</p>,
      })}
    >
      <ul className="list">
        {(answers.data?.items ?? []).map((one) => (
          <li key={`${one.customer.id} ${one.survey} ${one.answeredAt}`}>
            <Chip>{one.score}</Chip>
            <span className="grow">
              <Link to={`/customers/${one.customer.id}`}>{nameOf(one.customer)}</Link>
              {one.reason ? <p>{one.reason}</p> : null}
              <span className="sub">
                {one.survey}, {f.date(one.answeredAt)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
