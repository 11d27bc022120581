import "./design/css/index.css";
import { MantineProvider } from "@mantine/core";
import { DatesProvider } from "@mantine/dates";
import "dayjs/locale/de";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { paintScheme } from "./design/paint-scheme.ts";
import { theme, tokensIntoMantine } from "./design/theme.ts";
import { useLanguage } from "./i18n/hooks.ts";
import { preferredLanguage, startI18n } from "./i18n/index.ts";
import { queryClient } from "./shell/api.ts";
import { router } from "./shell/router.tsx";

/** Date pickers speak the language of the page; weeks begin on Monday in both. */
function Localised({ children }: { children: ReactNode }) {
  return <DatesProvider settings={{ locale: useLanguage(), firstDayOfWeek: 1 }}>{children}</DatesProvider>;
}

const place = document.getElementById("root");
if (!place) throw new Error("The page has no #root.");

paintScheme();
await startI18n(preferredLanguage());

createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={tokensIntoMantine} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <Localised>
          <RouterProvider router={router} />
        </Localised>
        <Notifications position="bottom-right" />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
