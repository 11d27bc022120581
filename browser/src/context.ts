export interface PageContext {
  path: string;
  referrer: string;
  search: string;
  title: string;
  url: string;
}

/** The page that is open, without its fragment. */
export const pageNow = (referrer: string): PageContext => ({
  path: location.pathname,
  referrer,
  search: location.search,
  title: document.title,
  url: location.href.split("#")[0]!,
});

/** What the Segment client sends with each event, so that the server reads both alike. */
export function contextOf(page: PageContext): Record<string, unknown> {
  const campaign: Record<string, string> = {};
  new URLSearchParams(page.search).forEach((value, key) => {
    if (key.startsWith("utm_")) campaign[key === "utm_campaign" ? "name" : key.slice(4)] = value;
  });
  return {
    library: { name: "rondell", version: VERSION },
    page,
    userAgent: navigator.userAgent,
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(Object.keys(campaign).length && { campaign }),
  };
}
