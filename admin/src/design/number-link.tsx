import { IconClock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./button.tsx";
import { Link, type LinkTarget } from "./link.tsx";

interface NumberLinkProps {
  children: ReactNode;
  /** The rule that finds the customers behind the number, as the customer list reads it. */
  customers?: Record<string, unknown>;
  /** What the customer list says one came from: the panel's question, or the number's name. */
  from?: string;
  /** Another page, for numbers that are no customers: `{ to: "/surveys/abc" }`. */
  target?: LinkTarget;
  /** The data behind it is late; the clock beside the number says so. */
  stale?: string;
}

/**
 * A number that leads to the customers behind it. The dotted underline means exactly that and nothing
 * else. With neither `customers` nor `target` it is plain text: a number nobody is behind.
 */
export function NumberLink({ children, customers, from, target, stale }: NumberLinkProps) {
  const { t } = useTranslation("design");
  const to = target ?? (customers ? { to: "/customers", search: { ...customers, from } } : undefined);
  return (
    <>
      {to ? (
        <Link {...to} className="n" title={target ? undefined : t("number.customers")}>
          {children}
        </Link>
      ) : (
        children
      )}
      {stale ? (
        <span className="stale" title={stale}>
          <Icon of={IconClock} />
          <span className="sr">{stale}</span>
        </span>
      ) : null}
    </>
  );
}
