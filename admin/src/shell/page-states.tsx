import { IconMap2 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../design/button.tsx";
import { Page } from "../design/page.tsx";
import { EmptyState, ErrorState, Skeleton } from "../design/states.tsx";

/** While a page's code or first answer is on its way. */
export function PagePending() {
  return (
    <section className="panel">
      <Skeleton shape="chart" height={320} />
    </section>
  );
}

/** A page that broke: the frame around it stays, and one can try again. */
export function PageError({
  error,
  reset,
  retry,
}: {
  error: unknown;
  reset?: () => void;
  retry?: () => void;
}) {
  const again = retry ?? reset;
  return (
    <section className="panel">
      <ErrorState error={error} {...(again ? { retry: again } : {})} />
    </section>
  );
}

/** There is no page with this address. */
export function PageMissing() {
  const { t } = useTranslation("shell");
  return (
    <Page title={t("missing.title")}>
      <section className="panel">
        <EmptyState
          icon={IconMap2}
          title={t("missing.heading")}
          actions={<LinkButton to="/">{t("missing.back")}</LinkButton>}
        >
          {t("missing.text")}
        </EmptyState>
      </section>
    </Page>
  );
}
