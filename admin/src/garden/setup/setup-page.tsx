import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { Page } from "../../design/page.tsx";
import { Stepper } from "../../design/progress.tsx";
import { PublicFrame } from "../../design/public-frame.tsx";
import { EmptyState, ErrorState, Skeleton } from "../../design/states.tsx";
import { useLanguage } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { type RawSearch, searchText, usePageSearch } from "../../shell/search.ts";
import { setupQuery } from "../../shell/session.tsx";
import { AccountStep, type Brand, BrandStep, LanguageStep, type Owner } from "./steps.tsx";

const STEPS = ["language", "account", "brand"] as const;
type StepId = (typeof STEPS)[number];

/** The one-time token that the server printed in its address, when it listens beyond this machine. */
const readSearch = (raw: RawSearch) => ({ token: searchText(raw.token) });

/** The first visit: language, owner, brand. Then the garden exists, its owner is signed in, and the doors open. */
export default function SetupPage() {
  const { t } = useTranslation("setup");
  const language = useLanguage();
  const navigate = useNavigate();
  const [{ token }] = usePageSearch(readSearch);
  const setup = useQuery(setupQuery);
  const say = useRefusalText();
  const [step, setStep] = useState<StepId>("language");
  const [owner, setOwner] = useState<Owner>({ name: "", email: "", password: "", token: token ?? "" });

  const create = useMutation({
    // The answer sets the session's cookie, so the owner is signed in.
    mutationFn: async (brand: Brand) => {
      const { token: code, ...account } = owner;
      await call(
        api.POST("/api/setup", {
          body: { language, ...account, ...brand, ...(code ? { token: code } : {}) },
        }),
      );
    },
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ to: "/start" as "/" });
    },
  });

  if (setup.isPending) {
    return (
      <PublicFrame>
        <Skeleton shape="text" height={240} />
      </PublicFrame>
    );
  }
  if (setup.error) {
    return (
      <PublicFrame>
        <Page title={t("title")} />
        <ErrorState error={setup.error} retry={() => void setup.refetch()} />
      </PublicFrame>
    );
  }
  if (!setup.data.needed && !create.isPending && !create.isSuccess) {
    return (
      <PublicFrame>
        <Page title={t("title")} />
        <section className="panel">
          <EmptyState
            title={t("done.heading")}
            actions={
              <LinkButton kind="main" to="/login">
                {t("done.login")}
              </LinkButton>
            }
          >
            {t("done.text")}
          </EmptyState>
        </section>
      </PublicFrame>
    );
  }

  return (
    <PublicFrame>
      <Page title={t("title")} />
      <Stepper
        label={t("steps")}
        current={step}
        steps={STEPS.map((id) => ({ id, label: t(`step.${id}`) }))}
      />
      {step === "language" ? <LanguageStep onNext={() => setStep("account")} /> : null}
      {step === "account" ? (
        <AccountStep
          owner={owner}
          tokenNeeded={setup.data.tokenNeeded}
          onBack={() => setStep("language")}
          onNext={(next) => {
            setOwner(next);
            setStep("brand");
          }}
        />
      ) : null}
      {step === "brand" ? (
        <BrandStep
          busy={create.isPending}
          onBack={() => setStep("account")}
          onNext={(brand) => create.mutate(brand)}
        >
          {create.error ? (
            <Note tone="bad" announce>
              <b>{t("failed")}</b> {say(create.error)}
            </Note>
          ) : null}
        </BrandStep>
      ) : null}
    </PublicFrame>
  );
}
