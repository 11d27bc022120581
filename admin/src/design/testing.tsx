import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { act, type ReactNode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { onTestFinished } from "vitest";
import { type Language, startI18n } from "../i18n/index.ts";
import { theme, tokensIntoMantine } from "./theme.ts";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

interface ShowOptions {
  language?: Language;
  /** The page's address, where it reads one. */
  path?: string;
  /**
   * What the server answers, by path without its question. Whatever is not named never answers, as a
   * server that is slow; a `Response` is an answer with its status.
   */
  answers?: Record<string, unknown>;
}

/**
 * Shows a component as a page would, with its catalogue, theme, queries and links, and gives back the
 * element it stands in. For tests only.
 */
export async function show(content: ReactNode, options: ShowOptions = {}): Promise<HTMLElement> {
  // What a test showed before speaks the new language too.
  await act(() => startI18n(options.language ?? "en"));
  if (options.answers) answerWith(options.answers);
  const place = document.createElement("div");
  document.body.append(place);
  const root = createRoot(place);
  const router = createRouter({
    routeTree: createRootRoute({
      component: () => (
        <main>
          <Suspense>{content}</Suspense>
        </main>
      ),
    }),
    history: createMemoryHistory({ initialEntries: [options.path ?? "/"] }),
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

/** Answers for the server until the test ends. */
function answerWith(answers: Record<string, unknown>): void {
  const before = globalThis.fetch;
  globalThis.fetch = async (input) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input));
    const answer = answers[pathname];
    if (answer === undefined) return new Promise(() => {});
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  };
  onTestFinished(() => {
    globalThis.fetch = before;
  });
}

/** Waits until what the server answered is on the page. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await act(async () => new Promise((done) => setTimeout(done, 5)));
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
