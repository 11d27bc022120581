import { IconFileImport, IconFlask2, IconLock, IconWorldWww } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, Icon, type IconType, LinkButton } from "../../design/button.tsx";
import { Page } from "../../design/page.tsx";
import { EmptyState } from "../../design/states.tsx";
import { hasPage } from "../../shell/pages.ts";
import { enterGarden, useMay, useMe } from "../../shell/session.tsx";

interface Door {
  key: string;
  icon: IconType;
  title: string;
  text: string;
  action: ReactNode;
}

/** After the setup, and whenever one wants to bring more in: three doors into the garden. */
export default function StartPage() {
  const { t } = useTranslation("start");
  const me = useMe();
  const may = useMay();
  const sample = me.gardens.find((garden) => garden.synthetic);
  const own = me.gardens.find((garden) => !garden.synthetic);
  const isInSample = Boolean(me.garden?.synthetic);
  // Nothing real is ever brought into a sample garden, so these doors lead to the brand's own.
  const ownDoor = (path: string, words: string) =>
    isInSample && own ? (
      <Button onClick={() => enterGarden(own.id, path)}>{words}</Button>
    ) : (
      <LinkButton to={path}>{words}</LinkButton>
    );

  const doors: Door[] = [];
  if (sample || hasPage("/sample", may)) {
    doors.push({
      key: "sample",
      icon: IconFlask2,
      title: t("sample.title"),
      text: t("sample.text"),
      action: sample ? (
        <>
          {isInSample ? (
            <LinkButton to="/">{t("sample.here")}</LinkButton>
          ) : (
            <Button onClick={() => enterGarden(sample.id)}>{t("sample.enter")}</Button>
          )}
          {hasPage("/sample", may) ? (
            <LinkButton kind="quiet" to="/sample">
              {t("sample.manage")}
            </LinkButton>
          ) : null}
        </>
      ) : (
        <LinkButton to="/sample">{t("sample.open")}</LinkButton>
      ),
    });
  }
  if (hasPage("/imports", may) && (own || !isInSample)) {
    doors.push({
      key: "import",
      icon: IconFileImport,
      title: t("import.title"),
      text: t("import.text"),
      action: ownDoor("/imports", t("import.open")),
    });
  }
  if (hasPage("/connect", may) && (own || !isInSample)) {
    doors.push({
      key: "connect",
      icon: IconWorldWww,
      title: t("connect.title"),
      text: t("connect.text"),
      action: ownDoor("/connect", t("connect.open")),
    });
  }

  return (
    <Page title={t("title")} reading={own ? t("reading", { brand: own.brand }) : t("readingNoGarden")}>
      {doors.length === 0 ? (
        <section className="panel">
          <EmptyState icon={IconLock} title={t("none.title")}>
            {t("none.text")}
          </EmptyState>
        </section>
      ) : (
        <ul className="grid g3 doors">
          {doors.map((door) => (
            <li key={door.key} className="panel">
              <Icon of={door.icon} className="lg" />
              <h2>{door.title}</h2>
              <p className="soft">{door.text}</p>
              <div className="row foot-row">{door.action}</div>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}
