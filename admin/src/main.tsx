import "./design/css/index.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { theme, tokensIntoMantine } from "./design/theme.ts";
import { preferredLanguage, startI18n } from "./i18n/index.ts";
import { queryClient } from "./shell/api.ts";
import { router } from "./shell/router.tsx";

const place = document.getElementById("root");
if (!place) throw new Error("The page has no #root.");

await startI18n(preferredLanguage());

createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={tokensIntoMantine} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Notifications position="bottom-right" />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
