import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

/** What stands in the address after the question mark, before anything is known of it. */
export type RawSearch = Record<string, unknown>;

/** A text, also where the router took it for a number. Empty means not given. */
export function searchText(value: unknown): string | undefined {
  if (typeof value === "string") return value || undefined;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

export function searchNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** One of some words, or undefined for anything else. */
export function searchWord<const T extends string>(value: unknown, words: readonly T[]): T | undefined {
  return words.find((word) => word === value);
}

/** A list of texts; a single value is a list of one. */
export function searchList(value: unknown): string[] {
  const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return values.map(searchText).filter((text) => text !== undefined);
}

/**
 * The page's state as it stands in the address, so that it can be sent to a colleague and survives the
 * back button. `parse` reads the raw address and must be a constant function. Setting a value to
 * undefined takes it out of the address.
 *
 * `const [search, setSearch] = usePageSearch(readSearch)`
 */
export function usePageSearch<T extends object>(
  parse: (raw: RawSearch) => T,
): [T, (change: Partial<T>) => void] {
  const raw = useSearch({ strict: false }) as RawSearch;
  const navigate = useNavigate();
  const search = useMemo(() => parse(raw), [parse, raw]);
  const change = useCallback(
    (patch: Partial<T>) => {
      void navigate({
        to: ".",
        search: ((before: RawSearch) => ({ ...before, ...patch })) as never,
        replace: true,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [search, change];
}

/** Which page of a list is shown, counted from 0. */
export const searchPage = (value: unknown): number => Math.max(0, Math.trunc(searchNumber(value) ?? 0));

/** The pages of a list whose place stands in the address, as a table wants to know them. */
export function pagingOf(
  [search, setSearch]: readonly [{ page: number }, (change: { page: number }) => void],
  pageSize: number,
  total: number,
): { page: number; pageSize: number; total: number; onPage: (page: number) => void } {
  return { page: search.page, pageSize, total, onPage: (page) => setSearch({ page }) };
}
