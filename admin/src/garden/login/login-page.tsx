import { PasswordInput, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { ApiError, signIn } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { Page } from "../../design/page.tsx";
import { PublicFrame } from "../../design/public-frame.tsx";
import { queryClient } from "../../shell/api.ts";
import { type RawSearch, searchText, usePageSearch } from "../../shell/search.ts";

/** Where to go after signing in: only inside this app, never to another site. */
function readSearch(raw: RawSearch): { next: string } {
  const next = searchText(raw.next) ?? "/";
  return { next: next.startsWith("/") && !next.startsWith("//") && !next.includes("\\") ? next : "/" };
}

export default function LoginPage() {
  const { t } = useTranslation("login");
  const [{ next }] = usePageSearch(readSearch);
  const navigate = useNavigate();
  const form = useForm({ mode: "uncontrolled", initialValues: { email: "", password: "" } });
  const login = useMutation({
    mutationFn: (credentials: { email: string; password: string }) =>
      signIn(window.location.origin, credentials),
    onSuccess: async () => {
      queryClient.clear();
      await navigate({ href: next });
    },
  });
  const failure = login.error instanceof ApiError ? login.error : undefined;

  return (
    <PublicFrame>
      <Page title={t("title")} />
      <form className="panel" onSubmit={form.onSubmit((values) => login.mutate(values))}>
        <TextInput
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          {...form.getInputProps("email")}
        />
        <PasswordInput
          visibilityToggleButtonProps={{ "aria-label": t("design:password.show") }}
          label={t("password")}
          name="password"
          autoComplete="current-password"
          required
          {...form.getInputProps("password")}
        />
        {login.error ? (
          <Note tone="bad" announce>
            {failure?.status === 401 ? t("wrong") : failure?.status === 429 ? t("many") : login.error.message}
          </Note>
        ) : null}
        <Button kind="main" type="submit" busy={login.isPending}>
          {t("submit")}
        </Button>
      </form>
    </PublicFrame>
  );
}
