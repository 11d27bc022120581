import { PasswordInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Page } from "../../design/page.tsx";
import { PublicFrame } from "../../design/public-frame.tsx";
import { ErrorState, Skeleton } from "../../design/states.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { readNext } from "../../shell/next.ts";
import { usePageSearch } from "../../shell/search.ts";
import { meQuery } from "../../shell/session.tsx";

/** As the server asks; it checks again. */
const PASSWORD_MIN = 10;

/** Another password: of one's own free will, or in place of the one-time password of an invitation. */
export default function PasswordPage() {
  const { t } = useTranslation("password");
  const say = useRefusalText();
  const navigate = useNavigate();
  const [{ next }] = usePageSearch(readNext);
  const me = useQuery(meQuery);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { currentPassword: "", newPassword: "" },
    validate: {
      currentPassword: (value) => (value ? null : t("missing")),
      newPassword: (value) => (value.length >= PASSWORD_MIN ? null : t("short")),
    },
  });
  const change = useMutation({
    mutationFn: (body: { currentPassword: string; newPassword: string }) =>
      call(api.POST("/api/me/password", { body })),
    onSuccess: async () => {
      queryClient.clear();
      notifyDone(t("done"));
      await navigate({ href: next });
    },
  });
  const toggle = { "aria-label": t("design:password.show") };

  if (me.isPending) {
    return (
      <PublicFrame>
        <Skeleton height={240} />
      </PublicFrame>
    );
  }
  if (me.error) {
    return (
      <PublicFrame>
        <Page title={t("title")} />
        <ErrorState error={me.error} />
        <LinkButton to="/login">{t("login:title")}</LinkButton>
      </PublicFrame>
    );
  }
  const isFirst = me.data.mustChangePassword;
  return (
    <PublicFrame>
      <Page title={t("title")} reading={isFirst ? t("reading") : t("readingOwn")} />
      <form className="panel" noValidate onSubmit={form.onSubmit((values) => change.mutate(values))}>
        <PasswordInput
          visibilityToggleButtonProps={toggle}
          label={isFirst ? t("currentOneTime") : t("current")}
          autoComplete="current-password"
          {...form.getInputProps("currentPassword")}
        />
        <PasswordInput
          visibilityToggleButtonProps={toggle}
          label={t("new")}
          description={t("hint")}
          autoComplete="new-password"
          {...form.getInputProps("newPassword")}
        />
        {change.error ? (
          <Note tone="bad" announce>
            {say(change.error) ?? t("design:error.text")}
          </Note>
        ) : null}
        <Button kind="main" type="submit" busy={change.isPending}>
          {t("submit")}
        </Button>
      </form>
    </PublicFrame>
  );
}
