import { Tooltip } from "@mantine/core";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkTarget } from "./link.tsx";

export type IconType = TablerIcon;

/** An outline icon at the size of its text. Decoration: the word beside it says the same. */
export function Icon({ of: Shape, className = "" }: { of: IconType; className?: string }) {
  return <Shape className={`ic ${className}`} stroke={1.75} aria-hidden="true" />;
}

export type ButtonKind = "main" | "normal" | "quiet" | "danger";

interface Look {
  /** `main` once a page; `danger` only for what cannot be undone. */
  kind?: ButtonKind;
  icon?: IconType;
  iconAfter?: IconType;
  children: ReactNode;
}

interface ButtonProps extends Look, Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children" | "disabled"> {
  /** Why it cannot be pressed now. The button stays reachable by keyboard and says so. */
  disabledReason?: string | undefined;
  /** A request is under way: pressing again does nothing. */
  busy?: boolean;
}

const look = (kind: ButtonKind = "normal", className = "") =>
  `btn ${kind === "normal" ? "" : kind} ${className}`.trim();

export function Button({
  kind,
  icon,
  iconAfter,
  children,
  disabledReason,
  busy,
  className,
  onClick,
  ...rest
}: ButtonProps) {
  const off = Boolean(disabledReason) || Boolean(busy);
  const button = (
    <button
      type="button"
      {...rest}
      className={look(kind, className)}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (off) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {icon ? <Icon of={icon} /> : null}
      {children}
      {iconAfter ? <Icon of={iconAfter} /> : null}
    </button>
  );
  return disabledReason ? <Tooltip label={disabledReason}>{button}</Tooltip> : button;
}

/** A link that looks like a button: it goes somewhere and changes nothing. */
export function LinkButton({
  kind,
  icon,
  iconAfter,
  children,
  className,
  ...target
}: Look & LinkTarget & { className?: string }) {
  return (
    <Link {...target} className={look(kind, className)}>
      {icon ? <Icon of={icon} /> : null}
      {children}
      {iconAfter ? <Icon of={iconAfter} /> : null}
    </Link>
  );
}

/** A square button with an icon alone; `label` is what a screen reader says. */
export function IconButton({
  icon,
  label,
  kind,
  className = "",
  ...rest
}: { icon: IconType; label: string; kind?: ButtonKind } & Omit<
  ButtonHTMLAttributes<HTMLButtonElement>,
  "children"
>) {
  return (
    <Tooltip label={label}>
      <button type="button" {...rest} className={look(kind, `sq ${className}`)} aria-label={label}>
        <Icon of={icon} />
      </button>
    </Tooltip>
  );
}
