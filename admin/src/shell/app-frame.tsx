import { Outlet, useMatches } from "@tanstack/react-router";
import { Suspense, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmProvider } from "../design/confirm.tsx";
import { PlaceProvider } from "../design/place.tsx";
import { FormatSettingsContext } from "../i18n/hooks.ts";
import { AppBar } from "./app-bar.tsx";
import { PagePending } from "./page-states.tsx";
import type { PageDefinition } from "./pages.ts";
import { type Me, useMe } from "./session.tsx";
import { SideBar } from "./side-bar.tsx";
import { SyntheticBanner } from "./synthetic-banner.tsx";
import { TabBar } from "./tab-bar.tsx";

/** The definition of the page shown now. */
export function useCurrentPage(): PageDefinition | undefined {
  return useMatches().at(-1)?.staticData.page;
}

/** The frame around every page of an operator. */
export function AppFrame() {
  const me = useMe();
  return (
    <Frame me={me} page={useCurrentPage()}>
      <Suspense fallback={<PagePending />}>
        <Outlet />
      </Suspense>
    </Frame>
  );
}

/** The frame from plain values: the design gallery shows it without a server. */
export function Frame({
  me,
  page,
  children,
}: {
  me: Me;
  page: PageDefinition | undefined;
  children: React.ReactNode;
}) {
  const { t } = useTranslation("design");
  const garden = me.garden;
  const settings = useMemo(
    () => ({
      currency: garden?.currency ?? "EUR",
      timeZone: garden?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
    [garden?.currency, garden?.timezone],
  );
  const main = useRef<HTMLElement>(null);
  const path = page?.path;
  const first = useRef(true);
  // A new page begins at its top for the eye; for the ear and the keyboard the focus says so.
  useEffect(() => {
    if (first.current) first.current = false;
    else if (path) main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <FormatSettingsContext value={settings}>
      <PlaceProvider brand={garden?.brand}>
        <ConfirmProvider>
          <a className="skip" href="#main">
            {t("skip")}
          </a>
          <div className="app">
            <SideBar me={me} page={page} />
            <div>
              <AppBar me={me} page={page} />
              {garden?.synthetic ? <SyntheticBanner /> : null}
              <main className="page" id="main" tabIndex={-1} ref={main}>
                {children}
              </main>
            </div>
            <TabBar me={me} page={page} />
          </div>
        </ConfirmProvider>
      </PlaceProvider>
    </FormatSettingsContext>
  );
}
