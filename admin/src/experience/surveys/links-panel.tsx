import { Select, Textarea, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconDownload, IconLink } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { api } from "../../shell/api.ts";
import { renewSurveys, type Survey } from "./queries.ts";

const channels = ["email", "sms", "phone", "post"] as const;
type Channel = (typeof channels)[number];

/** The survey's address for everyone, a link for one customer, and a file of links to be sent. */
export function LinksPanel({ survey }: { survey: Survey }) {
  const { t } = useTranslation("surveys");
  const [customerId, setCustomerId] = useState("");
  const [ids, setIds] = useState("");
  const [channel, setChannel] = useState<Channel>("email");
  const heading = useId();
  const path = { path: { id: survey.id } };

  const one = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/surveys/{id}/links", {
          params: path,
          body: { customerId: customerId.trim(), channel },
        }),
      ),
    onSuccess: () => renewSurveys(),
  });
  const many = useMutation({
    mutationFn: async () => {
      const customerIds = ids.split(/[\s,;]+/).filter(Boolean);
      const text = await call(
        api.POST("/api/surveys/{id}/links.csv", {
          params: path,
          body: { channel, ...(customerIds.length ? { customerIds } : {}) },
          parseAs: "text",
        }),
      );
      return String(text);
    },
    onSuccess: (text) => {
      save(`${survey.slug}-links.csv`, text);
      const lines = text.trim().split("\r\n").slice(1);
      const withheld = lines.filter((line) => line.endsWith(",no_consent")).length;
      notifyDone(t("links.saved", { count: lines.length - withheld, withheld }));
      return renewSurveys();
    },
  });

  return (
    <Panel question={t("links.question")} reading={t("links.reading")} how={[t("links.how")]}>
      <div className="stack s4">
        <TextInput
          label={t("links.public")}
          readOnly
          value={survey.url}
          onFocus={(event) => event.currentTarget.select()}
        />
        <form
          className="stack s3"
          onSubmit={(event) => {
            event.preventDefault();
            if (customerId.trim()) one.mutate();
          }}
        >
          <TextInput
            label={t("links.one")}
            description={t("links.oneText")}
            placeholder="cus_000001"
            value={customerId}
            onChange={(event) => setCustomerId(event.currentTarget.value)}
          />
          <div className="row">
            <Button
              type="submit"
              icon={IconLink}
              busy={one.isPending}
              disabledReason={customerId.trim() ? undefined : t("links.oneMissing")}
            >
              {t("links.make")}
            </Button>
          </div>
          {one.error ? <ErrorState error={one.error} title={t("notSaved")} /> : null}
          {one.data ? (
            <>
              <TextInput
                label={t("links.made")}
                readOnly
                value={one.data.url}
                onFocus={(event) => event.currentTarget.select()}
              />
              <Note tone={one.data.contactable ? "good" : "warn"} announce>
                {t(one.data.contactable ? "links.maySend" : "links.onlyShow")}
              </Note>
            </>
          ) : null}
        </form>
        <section className="stack s3" aria-labelledby={heading}>
          <b id={heading}>{t("links.many")}</b>
          <Textarea
            label={t("links.who")}
            description={t("links.whoText")}
            rows={3}
            value={ids}
            onChange={(event) => setIds(event.currentTarget.value)}
          />
          <Select
            label={t("links.channel")}
            allowDeselect={false}
            value={channel}
            onChange={(value) => value && setChannel(value as Channel)}
            data={channels.map((each) => ({ value: each, label: t(`links.by.${each}`) }))}
          />
          <div className="row">
            <Button icon={IconDownload} busy={many.isPending} onClick={() => many.mutate()}>
              {t("links.export")}
            </Button>
          </div>
          {many.error ? <ErrorState error={many.error} title={t("notSaved")} /> : null}
        </section>
      </div>
    </Panel>
  );
}

/** Hands a finished file to the browser. The mark at the start tells spreadsheets that it is UTF-8. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([`\ufeff${text}`], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
