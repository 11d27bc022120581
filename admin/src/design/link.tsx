import { Link as RouterLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ReactNode } from "react";

/** Where a link leads. `search` is put into the address; undefined values are left out. */
export interface LinkTarget {
  /** A path with its values filled in: `/customers/cus_81`. An address with a scheme leaves the app. */
  to: string;
  search?: Record<string, unknown> | undefined;
  hash?: string | undefined;
}

type Rest = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href" | "children">;

/**
 * A link inside the app, or out of it when `to` has a scheme or leads to a file of the server.
 * Pages come from many folders and are put together at run time, so paths are plain text here.
 */
export function Link({ to, search, hash, children, ...rest }: LinkTarget & Rest & { children: ReactNode }) {
  if (/^[a-z]+:/i.test(to) || to.startsWith("/docs") || to.startsWith("/s/") || to.startsWith("/api/")) {
    return (
      <a href={to} {...rest}>
        {children}
      </a>
    );
  }
  return (
    // Only the page itself is current: what stands below it in the address is another page.
    <RouterLink
      to={to as "/"}
      activeOptions={{ exact: true, includeSearch: false }}
      search={(search ?? {}) as never}
      {...(hash ? { hash } : {})}
      {...rest}
    >
      {children}
    </RouterLink>
  );
}
