import { Select } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "../i18n/hooks.ts";
import { isLanguage, speak } from "../i18n/index.ts";
import { Mark } from "./station.tsx";

/** The frame of pages without a session: the mark, the language, and one column. */
export function PublicFrame({ children }: { children: ReactNode }) {
  const { t } = useTranslation("design");
  const language = useLanguage();
  return (
    <div className="gate">
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <header>
        <span className="brand">
          <Mark className="" />
          <span>Rondell</span>
        </span>
        <Select
          aria-label={t("language")}
          data={[
            { value: "en", label: "English" },
            { value: "de", label: "Deutsch" },
          ]}
          value={language}
          onChange={(value) => isLanguage(value) && void speak(value)}
          w={128}
        />
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
