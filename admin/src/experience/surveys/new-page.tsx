import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page } from "../../design/page.tsx";
import { api } from "../../shell/api.ts";
import { useMe } from "../../shell/session.tsx";
import { renewSurveys } from "./queries.ts";
import { type Draft, SurveyForm } from "./survey-form.tsx";
import { usualQuestion } from "./usual-question.ts";

/** A new survey, with the usual question ready in both languages. */
export default function NewPage() {
  const { t } = useTranslation("surveys");
  const navigate = useNavigate();
  const me = useMe();
  const brand = me.garden?.brand ?? "";
  const create = useMutation({
    mutationFn: (draft: Draft) => call(api.POST("/api/surveys", { body: draft })),
    onSuccess: async (made) => {
      await renewSurveys();
      await navigate({ to: `/surveys/${made.id}` as "/" });
    },
  });
  return (
    <Page title={t("new.title")} reading={t("new.reading")}>
      <SurveyForm
        initial={{
          name: "",
          slug: "",
          language: me.garden?.language ?? "en",
          question: { de: usualQuestion.de(brand), en: usualQuestion.en(brand) },
        }}
        isBusy={create.isPending}
        error={create.error}
        submit={t("new.save")}
        onSubmit={(draft) => create.mutate(draft)}
      />
    </Page>
  );
}
