/** Tells of every address that a single-page app opens: `leave` while the old one still stands, `change` after. */
export function watchPages(leave: () => void, change: () => void): void {
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (this: History, ...words: Parameters<typeof original>) {
      if (name === "pushState") leave();
      original.apply(this, words);
      change();
    };
  }
  addEventListener("popstate", () => {
    leave();
    change();
  });
}

/** How far down a page was seen, in quarters; 0 where there is nothing to scroll. */
export function watchScroll() {
  let deepest = 0;
  let told = 0;
  addEventListener(
    "scroll",
    () => {
      const { scrollHeight, clientHeight } = document.documentElement;
      if (scrollHeight > clientHeight)
        // Half a pixel is lost where the page is zoomed.
        deepest = Math.max(deepest, Math.floor(((scrollY + clientHeight + 1) / scrollHeight) * 4) * 25);
    },
    { passive: true },
  );
  return {
    /** The depth that nobody was told of yet, else 0. */
    taken(): number {
      const depth = deepest > told ? deepest : 0;
      told = Math.max(told, deepest);
      return depth;
    },
    /** Another page begins at its top. */
    restart(): void {
      deepest = told = 0;
    },
  };
}

/** Clicks on links to other hosts, without what stands behind their question mark. */
export function watchOutbound(tell: (url: string) => void): void {
  const look = ({ target }: Event) => {
    const link = (target as Element).closest?.<HTMLAnchorElement>("a[href]");
    if (link && /^http/.test(link.protocol) && link.host !== location.host) tell(link.origin + link.pathname);
  };
  addEventListener("click", look, true);
  addEventListener("auxclick", look, true);
}

/** Forms that were sent: their name, and the names of their fields. What was filled in is never looked at. */
export function watchForms(tell: (form: string, fields: string[]) => void): void {
  addEventListener(
    "submit",
    ({ target }) => {
      const form = target as HTMLFormElement;
      const fields = [...form.elements]
        .filter((field) => !/^(hidden|password|submit|button)$/.test(field.getAttribute("type") ?? ""))
        .map((field) => field.getAttribute("name") ?? "")
        .filter(Boolean);
      tell(form.getAttribute("name") ?? form.id, [...new Set(fields)]);
    },
    true,
  );
}
