import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Place, pathOf } from "./bind.ts";

interface Row {
  place: Place;
  name: string;
  value: unknown;
  depth: number;
  isOpen: boolean;
  isLeaf: boolean;
}

/** Elements of a list that are shown; the others are alike. */
const shownOfList = 3;

function rowsOf(value: unknown, closed: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const add = (inner: unknown, place: Place, name: string) => {
    const isLeaf = typeof inner !== "object" || inner === null;
    const isOpen = !isLeaf && !closed.has(pathOf(place));
    if (place.length) rows.push({ place, name, value: inner, depth: place.length, isOpen, isLeaf });
    if (isLeaf || (place.length > 0 && !isOpen)) return;
    if (Array.isArray(inner)) {
      for (const [at, one] of inner.slice(0, shownOfList).entries()) add(one, [...place, at], `[${at}]`);
    } else for (const [key, one] of Object.entries(inner as object)) add(one, [...place, key], key);
  };
  add(value, [], "");
  return rows;
}

/**
 * A body as a tree. Arrows go through it, right and left open and close, Enter and a click choose a value for the field
 * that waits for one.
 */
export function JsonTree({
  value,
  used,
  onChoose,
  disabled,
}: {
  value: unknown;
  /** Paths that the rule reads already. */
  used: ReadonlySet<string>;
  onChoose: (place: Place, value: unknown) => void;
  disabled: boolean;
}) {
  const { t } = useTranslation("webhooks");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const rows = rowsOf(value, closed);
  const current = Math.min(at, rows.length - 1);
  const go = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    list.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[next]?.focus();
  };
  const toggle = (row: Row, open: boolean) => {
    const path = pathOf(row.place);
    setClosed((before) => {
      const after = new Set(before);
      if (open) after.delete(path);
      else after.add(path);
      return after;
    });
  };
  const press = (event: KeyboardEvent, row: Row) => {
    const does: Record<string, () => void> = {
      ArrowDown: () => go(current + 1),
      ArrowUp: () => go(current - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row.isLeaf || row.isOpen ? go(current + 1) : toggle(row, true)),
      ArrowLeft: () => (row.isOpen ? toggle(row, false) : go(parentOf(rows, current))),
      Enter: () => choose(row),
      " ": () => choose(row),
    };
    const act = does[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const choose = (row: Row) => {
    if (!disabled) onChoose(row.place, row.value);
  };
  return (
    <div ref={list} role="tree" aria-label={t("tree")} className="jsontree">
      {rows.map((row, index) => {
        const path = pathOf(row.place);
        return (
          <div
            key={path}
            role="treeitem"
            tabIndex={index === current ? 0 : -1}
            aria-level={row.depth}
            aria-selected={used.has(path)}
            aria-expanded={row.isLeaf ? undefined : row.isOpen}
            className={used.has(path) ? "used" : ""}
            style={{ paddingInlineStart: `calc(${row.depth - 1} * var(--s4) + var(--s2))` }}
            title={path}
            onFocus={() => setAt(index)}
            onKeyDown={(event) => press(event, row)}
            onClick={() => (row.isLeaf ? choose(row) : toggle(row, !row.isOpen))}
          >
            <span className="name">{row.name}</span>
            <span className={`is ${typeof row.value}`}>{sayValue(row, t)}</span>
          </div>
        );
      })}
    </div>
  );
}

function parentOf(rows: readonly Row[], at: number): number {
  const depth = rows[at]?.depth ?? 1;
  for (let index = at - 1; index >= 0; index--) if ((rows[index]?.depth ?? 0) < depth) return index;
  return at;
}

function sayValue(row: Row, t: (key: string, values?: Record<string, unknown>) => string): string {
  if (Array.isArray(row.value)) return t("listOf", { count: row.value.length });
  if (!row.isLeaf) return row.isOpen ? "" : "…";
  return row.value === null ? "null" : String(row.value).slice(0, 120);
}
