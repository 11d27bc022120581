import type { Options } from "./options.ts";

/** All that is kept of a visitor in their browser. */
export interface Kept {
  /** What was said to each purpose. */
  answers?: Record<string, boolean>;
  anonymousId?: string;
  userId?: string;
}

const name = "rondell";

/**
 * The one cookie, of the brand's own site. It is read anew each time, so what is withdrawn in one tab stops in all others;
 * where a browser keeps no cookies, nothing is ever allowed.
 */
export function openKept({ cookieDomain, cookieDays }: Pick<Options, "cookieDomain" | "cookieDays">) {
  const write = (text: string, seconds: number) => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in all browsers.
    document.cookie = `${name}=${text}; path=/; max-age=${seconds}; samesite=lax${
      cookieDomain ? `; domain=${cookieDomain}` : ""
    }${location.protocol === "https:" ? "; secure" : ""}`;
  };
  return {
    read(): Kept {
      const text = `; ${document.cookie}`.split(`; ${name}=`)[1]?.split(";")[0];
      try {
        return text ? JSON.parse(decodeURIComponent(text)) : {};
      } catch {
        return {};
      }
    },
    write: (kept: Kept) => write(encodeURIComponent(JSON.stringify(kept)), cookieDays * 86_400),
    remove: () => write("", 0),
  };
}
export type KeptStore = ReturnType<typeof openKept>;

/** A random UUID, also on pages that came without TLS. */
export function uuid(): string {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16),
  );
}
