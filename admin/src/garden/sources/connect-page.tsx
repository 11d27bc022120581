import { Select, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Note } from "../../design/note.tsx";
import { Grid, Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { type RawSearch, searchText, usePageSearch } from "../../shell/search.ts";
import { ClientSetups } from "./client-setups.tsx";
import { CodeBlock } from "./code-block.tsx";
import { type Source, sourceList, sourceLive } from "./queries.ts";

const readSearch = (raw: RawSearch) => ({ source: searchText(raw.source) });

/** Connect my website: a source, the script with its key, and a place that waits for the first event. */
export default function ConnectPage() {
  const { t } = useTranslation("sources");
  const [search, setSearch] = usePageSearch(readSearch);
  const list = useQuery(sourceList());
  const browsers = list.data?.sources.filter((source) => source.kind === "browser") ?? [];
  const chosen = browsers.find((source) => source.id === search.source) ?? browsers[0];
  return (
    <Page title={t("connect.title")} reading={t("connect.reading")}>
      {list.data && chosen ? (
        <Stack>
          {browsers.length > 1 ? (
            <Select
              label={t("connect.which")}
              data={browsers.map((source) => ({ value: source.id, label: source.name }))}
              value={chosen.id}
              allowDeselect={false}
              onChange={(id) => setSearch({ source: id ?? undefined })}
            />
          ) : null}
          <Grid columns="3:2">
            <Stack>
              <Panel
                question={t("connect.script")}
                reading={t("connect.scriptText")}
                how={[t("connect.keyHow")]}
              >
                <CodeBlock text={chosen.snippet ?? ""} label={t("connect.script")} />
              </Panel>
              <Panel question={t("connect.segment")} reading={t("connect.segmentText")}>
                <CodeBlock text={chosen.segmentSnippet ?? ""} label={t("connect.segment")} />
              </Panel>
            </Stack>
            <Stack>
              <Waiting source={chosen} />
            </Stack>
          </Grid>
          <ClientSetups key={chosen.id} source={chosen} />
        </Stack>
      ) : (
        <Panel question={t("connect.first")} state={stateOf(list, { height: 160 })}>
          <NewWebsite onMade={(id) => setSearch({ source: id })} />
        </Panel>
      )}
    </Page>
  );
}

function NewWebsite({ onMade }: { onMade: (id: string) => void }) {
  const { t } = useTranslation("sources");
  const say = useRefusalText();
  const [name, setName] = useState(t("connect.website"));
  const make = useMutation({
    mutationFn: () => call(api.POST("/api/sources", { body: { name: name.trim(), kind: "browser" } })),
    onSuccess: async (source) => {
      await queryClient.invalidateQueries({ queryKey: ["sources"] });
      onMade(source.id);
    },
  });
  return (
    <form
      className="stack s3"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <TextInput
        label={t("name")}
        value={name}
        required
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {make.error ? (
        <Note tone="bad" announce>
          {say(make.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row">
        <Button
          kind="main"
          type="submit"
          busy={make.isPending}
          disabledReason={name.trim() ? undefined : t("nameMissing")}
        >
          {t("connect.make")}
        </Button>
      </div>
    </form>
  );
}

/** Listens for the first event, and says what it hears. */
function Waiting({ source }: { source: Source }) {
  const { t } = useTranslation("sources");
  const f = useFormats();
  const live = useQuery(sourceLive(source.id));
  const heard = live.data;
  return (
    <Panel
      question={t("connect.heard")}
      state={stateOf(live, { height: 160 })}
      actions={
        heard ? (
          <span role="status">
            <Chip tone={heard.state === "waiting" ? "plain" : "good"}>
              {t(heard.state === "waiting" ? "connect.listening" : "connect.connected")}
            </Chip>
          </span>
        ) : null
      }
    >
      {heard?.state === "waiting" ? (
        <div className="stack s3">
          <p className="reading">{t("connect.waiting")}</p>
          <p className="soft">{t("connect.waitingText")}</p>
        </div>
      ) : null}
      {heard?.lastEvent ? (
        <div className="stack s3">
          <p className="reading">
            {t("connect.kept", {
              name: heard.lastEvent.name,
              time: f.time(heard.lastEvent.receivedAt, { seconds: true }),
            })}
          </p>
          <dl className="kv">
            <dt>{t("connect.event")}</dt>
            <dd>{heard.lastEvent.name}</dd>
            <dt>{t("connect.happened")}</dt>
            <dd>{f.dateTime(heard.lastEvent.happenedAt)}</dd>
          </dl>
          <div className="row">
            <LinkButton kind="main" to="/events">
              {t("connect.toEvents")}
            </LinkButton>
          </div>
        </div>
      ) : null}
      {heard?.state === "dropped" && heard.lastDrop ? (
        <div className="stack s3">
          <p className="reading">
            {t("connect.dropped", {
              name: heard.lastDrop.name,
              time: f.time(heard.lastDrop.at, { seconds: true }),
            })}
          </p>
          <Note tone="warn">
            {heard.missingConsent.length > 0
              ? t("connect.missing", { categories: heard.missingConsent.join(", ") })
              : t(`reason.${heard.lastDrop.reason}`)}
          </Note>
          <div className="row">
            <LinkButton to={`/sources/${source.id}`}>{t("connect.toConsent")}</LinkButton>
          </div>
        </div>
      ) : null}
    </Panel>
  );
}
