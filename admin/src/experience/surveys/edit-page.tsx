import { call } from "@rondell/api-client";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { useConfirm } from "../../design/confirm.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { api } from "../../shell/api.ts";
import { usePathValue } from "../../shell/path-value.ts";
import { renewSurveys, survey } from "./queries.ts";
import { type Draft, SurveyForm } from "./survey-form.tsx";

/** Changes a draft in full; of an open survey only the name. */
export default function EditPage() {
  const { t } = useTranslation("surveys");
  const id = usePathValue("id");
  const navigate = useNavigate();
  const confirm = useConfirm();
  const one = useQuery(survey(id));
  const isDraft = one.data?.state === "draft";
  const params = { path: { id } };

  const save = useMutation({
    mutationFn: (draft: Draft) =>
      call(api.PATCH("/api/surveys/{id}", { params, body: isDraft ? draft : { name: draft.name } })),
    onSuccess: async () => {
      notifyDone(t("edit.saved"));
      await renewSurveys();
      await navigate({ to: `/surveys/${id}` as "/" });
    },
  });
  const remove = useMutation({
    mutationFn: () => call(api.DELETE("/api/surveys/{id}", { params })),
    onSuccess: async () => {
      await navigate({ to: "/surveys" as "/" });
      await renewSurveys();
    },
  });

  return (
    <Page title={t("edit.title")} reading={one.data && !isDraft ? t("edit.openReading") : null}>
      {one.data ? (
        <SurveyForm
          initial={one.data}
          isOpen={!isDraft}
          isBusy={save.isPending}
          error={save.error ?? remove.error}
          submit={t("edit.save")}
          onSubmit={(draft) => save.mutate(draft)}
          more={
            <>
              <LinkButton to={`/surveys/${id}`}>{t("edit.back")}</LinkButton>
              {isDraft ? (
                <Button
                  kind="danger"
                  icon={IconTrash}
                  onClick={async () => {
                    const isSure = await confirm({
                      title: t("delete.title"),
                      text: t("delete.text"),
                      action: t("delete"),
                    });
                    if (isSure) remove.mutate();
                  }}
                >
                  {t("delete")}
                </Button>
              ) : null}
            </>
          }
        />
      ) : (
        <Panel question={t("form.question")} state={stateOf(one, { shape: "text", height: 320 })} />
      )}
    </Page>
  );
}
