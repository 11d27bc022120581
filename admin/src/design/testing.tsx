import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { onTestFinished } from "vitest";
import { type Language, startI18n } from "../i18n/index.ts";
import { theme, tokensIntoMantine } from "./theme.ts";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

/**
 * Shows a component as a page would, with its catalogue, theme, queries and links, and gives back the
 * element it stands in. For tests only.
 */
export async function show(content: ReactNode, options: { language?: Language } = {}): Promise<HTMLElement> {
  await startI18n(options.language ?? "en");
  const place = document.createElement("div");
  document.body.append(place);
  const root = createRoot(place);
  const router = createRouter({
    routeTree: createRootRoute({ component: () => <main>{content}</main> }),
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  await router.load();
  await act(async () => {
    root.render(
      <MantineProvider theme={theme} cssVariablesResolver={tokensIntoMantine} env="test">
        <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>,
    );
  });
  onTestFinished(async () => {
    await act(async () => root.unmount());
    place.remove();
  });
  const shown = place.querySelector("main");
  if (!shown) throw new Error("Nothing was shown.");
  return shown;
}

/** The words of an element, with plain spaces where no-break ones stand. */
export function wordsOf(element: Element | null | undefined): string {
  return (element?.textContent ?? "").replace(/\u00a0/g, " ");
}

/** Presses something and waits until React has answered. */
export async function press(element: Element | null | undefined): Promise<void> {
  if (!element) throw new Error("There is nothing to press.");
  await act(async () => {
    element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  });
}
