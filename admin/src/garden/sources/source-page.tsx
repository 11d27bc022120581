import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Grid, Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { EmptyState } from "../../design/states.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { useMay } from "../../shell/session.tsx";
import { ClientSetups } from "./client-setups.tsx";
import { CodeBlock } from "./code-block.tsx";
import { type Source, sourceList } from "./queries.ts";
import { SourceForm } from "./source-form.tsx";

/** One source: what it may do, its keys, and the code that uses them. */
export default function SourcePage() {
  const { t } = useTranslation("sources");
  const may = useMay();
  const id = usePathValue("id");
  const list = useQuery(sourceList());
  const source = list.data?.sources.find((each) => each.id === id);
  if (!source) {
    return (
      <Page title={t("one")}>
        <Panel
          question={t("one")}
          state={stateOf(list, {
            empty: () => (
              <EmptyState
                title={t("missing")}
                actions={<LinkButton to="/sources">{t("title")}</LinkButton>}
              />
            ),
          })}
        />
      </Page>
    );
  }
  const hasKey = source.writeKey !== null;
  return (
    <Page
      title={source.name}
      reading={t(`kindText.${source.kind}`)}
      mark={source.enabled ? null : <Chip tone="watch">{t("state.off")}</Chip>}
      actions={
        source.kind === "browser" && may("settings:write") ? (
          <LinkButton to="/connect" search={{ source: source.id }}>
            {t("connect.heard")}
          </LinkButton>
        ) : null
      }
    >
      <Grid columns="3:2">
        <Panel question={t("rules")} how={[t("rulesHow")]}>
          <SourceForm
            key={source.id}
            source={source}
            purposes={list.data?.purposes ?? []}
            readOnly={!may("settings:write")}
          />
        </Panel>
        <Stack>
          {hasKey ? <Keys source={source} mayWrite={may("settings:write")} /> : null}
          {source.snippet ? (
            <Panel question={t(source.kind === "browser" ? "connect.script" : "code")}>
              <CodeBlock text={source.snippet} label={t("code")} />
            </Panel>
          ) : null}
          <ClientSetups source={source} />
        </Stack>
      </Grid>
    </Page>
  );
}

function Keys({ source, mayWrite }: { source: Source; mayWrite: boolean }) {
  const { t } = useTranslation("sources");
  const say = useRefusalText();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const [secret, setSecret] = useState<string | null>(null);
  const path = { id: source.id };
  const replace = useMutation({
    mutationFn: (key: "write" | "signing") =>
      call(api.POST("/api/sources/{id}/keys", { params: { path }, body: { key } })),
    onSuccess: async (answer) => {
      setSecret(answer.signingSecret);
      await queryClient.invalidateQueries({ queryKey: ["sources"] });
      notifyDone(t("replaced"));
    },
  });
  const show = useMutation({
    mutationFn: () => call(api.GET("/api/sources/{id}/signing-secret", { params: { path } })),
    onSuccess: (answer) => setSecret(answer.signingSecret),
  });
  const remove = useMutation({
    mutationFn: () => call(api.DELETE("/api/sources/{id}", { params: { path } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["sources"] });
      await navigate({ to: "/sources" as "/" });
    },
  });
  const askReplace = async (key: "write" | "signing") => {
    const isSure = await confirm({
      title: t(`replace.${key}`),
      text: t(`replaceText.${key}`),
      action: t("replace"),
    });
    if (isSure) replace.mutate(key);
  };
  const askRemove = async () => {
    if (await confirm({ title: t("remove"), text: t("removeText"), action: t("remove") })) remove.mutate();
  };
  const failed = replace.error ?? show.error ?? remove.error;
  return (
    <Panel question={t("keys")} how={[t("keysHow")]}>
      <div className="stack s4">
        <div className="stack">
          <p className="soft">{t("writeKey")}</p>
          <CodeBlock text={source.writeKey ?? ""} label={t("writeKey")} />
        </div>
        {mayWrite ? (
          <>
            <div className="stack">
              <p className="soft">{t("signingSecret")}</p>
              {secret ? <CodeBlock text={secret} label={t("signingSecret")} /> : null}
            </div>
            {failed ? (
              <Note tone="bad" announce>
                {say(failed) ?? t("design:error.text")}
              </Note>
            ) : null}
            <div className="row">
              {secret ? null : (
                <Button busy={show.isPending} onClick={() => show.mutate()}>
                  {t("showSecret")}
                </Button>
              )}
              <Button busy={replace.isPending} onClick={() => void askReplace("write")}>
                {t("replace.write")}
              </Button>
              <Button busy={replace.isPending} onClick={() => void askReplace("signing")}>
                {t("replace.signing")}
              </Button>
              {source.firstEventAt ? null : (
                <Button kind="danger" busy={remove.isPending} onClick={() => void askRemove()}>
                  {t("remove")}
                </Button>
              )}
            </div>
          </>
        ) : null}
      </div>
    </Panel>
  );
}
