import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowMerge, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useCustomerName } from "../customers/name.tsx";
import { customer } from "../customers/queries.ts";
import { candidates } from "./queries.ts";

/** Looks for the other customer of a merge. */
export function FindOther({ of, onFound }: { of: string; onFound: (id: string) => void }) {
  const { t } = useTranslation("merges");
  const f = useFormats();
  const nameOf = useCustomerName();
  const one = useQuery(customer(of));
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(typed.trim(), 250);
  const found = useQuery(candidates(text));
  const others = (found.data?.items ?? []).filter((row) => row.id !== (one.data?.id ?? of));
  const number = one.data?.identifiers.find((identifier) => identifier.kind === "user_id")?.value;
  const name = one.data ? nameOf({ ...one.data, userId: number ?? null }) : "";
  return (
    <Page
      title={t("merge")}
      reading={one.data ? t("find.reading", { name }) : null}
      actions={<LinkButton to={`/customers/${of}`}>{t("merge.cancel")}</LinkButton>}
    >
      <Panel question={t("find.question")} state={stateOf(one, { shape: "text" })}>
        <TextInput
          label={t("find.label")}
          leftSection={<IconSearch size={16} />}
          autoFocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {text ? (
          <Panel
            question={t("find.found")}
            state={stateOf(found, {
              shape: "text",
              empty: () => others.length === 0 && <p className="soft">{t("find.none")}</p>,
            })}
          >
            <ul className="list">
              {others.map((row) => (
                <li key={row.id}>
                  <span className="grow">
                    <b>{nameOf(row)}</b>
                    <br />
                    <span className="meta">
                      {[
                        row.userId,
                        t("find.orders", { count: row.orders, orders: f.number(row.orders) }),
                        row.lastAt ? f.date(row.lastAt) : null,
                      ]
                        .filter(Boolean)
                        .join(", ")}
                    </span>
                  </span>
                  <Button icon={IconArrowMerge} onClick={() => onFound(row.id)}>
                    {t("find.choose")}
                  </Button>
                </li>
              ))}
            </ul>
          </Panel>
        ) : null}
      </Panel>
    </Page>
  );
}
