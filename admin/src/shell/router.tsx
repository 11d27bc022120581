import { ApiError } from "@rondell/api-client";
import {
  type AsyncRouteComponent,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { PublicFrame } from "../design/public-frame.tsx";
import { speak, spokenLanguage } from "../i18n/index.ts";
import { onSignedOut, queryClient } from "./api.ts";
import { AppFrame } from "./app-frame.tsx";
import { Guarded } from "./guarded.tsx";
import { PageError, PageMissing, PagePending } from "./page-states.tsx";
import { hasPage, homeOf, type PageDefinition, pages } from "./pages.ts";
import { hadSession, may, meQuery, type Right, rememberSession, setupQuery } from "./session.tsx";

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => (
    <PublicFrame>
      <PageMissing />
    </PublicFrame>
  ),
  errorComponent: ({ error, reset }) => (
    <PublicFrame>
      <PageError error={error} retry={reset} />
    </PublicFrame>
  ),
});

/**
 * Where one goes without a session: to the first steps while the garden has no owner, else to sign in.
 * The one-time setup code of the printed address travels along.
 */
async function turnAway(location: { href: string; search: Record<string, unknown> }): Promise<never> {
  const setup = await queryClient.fetchQuery(setupQuery);
  if (setup.needed) throw redirect({ to: "/setup" as "/", search: location.search as never });
  throw redirect({ to: "/login" as "/", search: signInSearch(location.href) as never });
}

/** Where to go on after signing in, and whether to say that a session has ended: only to whoever had one. */
const signInSearch = (href: string) => ({ next: href, ...(hadSession() ? { ended: true } : {}) });

const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: AppFrame,
  beforeLoad: async ({ location }) => {
    try {
      const me = await queryClient.ensureQueryData(meQuery);
      rememberSession(true);
      // An invited operator first chooses a password; nothing else is open until then.
      if (me.mustChangePassword)
        throw redirect({ to: "/password" as "/", search: { next: location.href } as never });
      const { language } = me.operator;
      if (language !== spokenLanguage()) await speak(language);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) await turnAway(location);
      throw error;
    }
  },
});

/** Whoever may not see the loop is led to where they are at home: service people to the customers. */
function leadHome(): void {
  const me = queryClient.getQueryData(meQuery.queryKey);
  const home = me ? homeOf((right) => may(me, right)) : "/";
  if (home !== "/") throw redirect({ to: home as "/" });
}

function pageRoute(page: PageDefinition) {
  const shared = {
    path: page.path,
    component: lazyRouteComponent(page.load),
    pendingComponent: PagePending,
    errorComponent: PageError,
    notFoundComponent: PageMissing,
    staticData: { page },
  };
  if (page.access === "public") return createRoute({ getParentRoute: () => root, ...shared });
  // The page's code is fetched before it is drawn, and while the pointer rests on a link: the router asks for `preload`.
  const { preload } = shared.component as AsyncRouteComponent<object>;
  const guarded = () => <Guarded right={page.right as Right} page={shared.component} label={page.label} />;
  return createRoute({
    getParentRoute: () => app,
    ...shared,
    ...(page.path === "/" ? { beforeLoad: leadHome } : {}),
    ...(page.right ? { component: Object.assign(guarded, { preload }) } : {}),
  });
}

/** Until the loop page is there, the start of the app is the page of first steps. */
const start = createRoute({
  getParentRoute: () => app,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/start" as "/" });
  },
});

const inside = pages.filter((page) => page.access !== "public").map(pageRoute);
const outside = pages.filter((page) => page.access === "public").map(pageRoute);

export const router = createRouter({
  routeTree: root.addChildren([app.addChildren(hasPage("/") ? inside : [start, ...inside]), ...outside]),
  defaultPreload: "intent",
  // TanStack Query decides what is fresh; the router must not keep a second opinion.
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 200,
  scrollRestoration: true,
});

/*
 * The frame stands on who is signed in, so nothing is forgotten before the way out of it is through. Several
 * questions may be refused at once: the first one leads out.
 */
onSignedOut(() => {
  const { href, pathname } = router.latestLocation;
  if (pathname === "/login") return;
  const out = router.navigate({ to: "/login" as "/", search: signInSearch(href) as never });
  void out.then(() => queryClient.clear());
});

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    page?: PageDefinition;
  }
}
