import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../design/button.tsx";
import { Page as Frame } from "../design/page.tsx";
import { NoAccess } from "../design/states.tsx";
import { type Right, useMay } from "./session.tsx";

/** The page, for those who may see it; for all others, under its name, the sentence that says so. */
export function Guarded({
  right,
  page: Page,
  label,
}: {
  right: Right;
  page: ComponentType;
  /** What the page is called, as a key of the catalogue. */
  label?: string | undefined;
}) {
  const may = useMay();
  const { t } = useTranslation();
  if (may(right)) return <Page />;
  return (
    <Frame title={label ? t(label as "shell:noAccess.title") : t("shell:noAccess.title")}>
      <section className="panel">
        <NoAccess actions={<LinkButton to="/">{t("shell:missing.back")}</LinkButton>} />
      </section>
    </Frame>
  );
}
