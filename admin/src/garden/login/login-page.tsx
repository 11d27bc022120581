import { PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { Page } from "../../design/page.tsx";
import { PublicFrame } from "../../design/public-frame.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { readNext } from "../../shell/next.ts";
import { usePageSearch } from "../../shell/search.ts";

export default function LoginPage() {
  const { t } = useTranslation("login");
  const [{ next, ended }] = usePageSearch(readNext);
  const navigate = useNavigate();
  const form = useForm({ mode: "uncontrolled", initialValues: { email: "", password: "" } });
  const login = useMutation({
    mutationFn: (credentials: { email: string; password: string }) =>
      call(api.POST("/api/auth/sign-in/email", { body: { ...credentials, rememberMe: true } })),
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ href: next });
    },
  });
  const say = useRefusalText();

  return (
    <PublicFrame>
      <Page title={t("title")} />
      <form className="panel" onSubmit={form.onSubmit((values) => login.mutate(values))}>
        {ended ? (
          <Note tone="warn" announce>
            <b>{t("ended")}</b> {t("endedText")}
          </Note>
        ) : null}
        <TextInput
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          withAsterisk={false}
          autoFocus
          {...form.getInputProps("email")}
        />
        <PasswordInput
          visibilityToggleButtonProps={{ "aria-label": t("design:password.show") }}
          label={t("password")}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          {...form.getInputProps("password")}
        />
        {login.error ? (
          <Note tone="bad" announce>
            {say(login.error) ?? t("design:error.text")}
          </Note>
        ) : null}
        <Button kind="main" type="submit" busy={login.isPending}>
          {t("submit")}
        </Button>
      </form>
    </PublicFrame>
  );
}
