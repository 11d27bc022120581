import { IconAlertTriangle, IconCheck, IconClock, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Icon, type IconType } from "./button.tsx";

export type NoteTone = "plain" | "warn" | "bad" | "good";

const ICONS: Record<NoteTone, IconType> = {
  plain: IconInfoCircle,
  warn: IconAlertTriangle,
  bad: IconAlertTriangle,
  good: IconCheck,
};

/** One or two sentences on soft ground: what came from where, what is late, what went wrong. */
export function Note({
  tone = "plain",
  late = false,
  icon,
  children,
  announce = false,
}: {
  tone?: NoteTone;
  /** A clock in place of the triangle: late, not wrong. */
  late?: boolean;
  icon?: IconType;
  children: ReactNode;
  /** Read out at once when it appears; for what the reader did just now. */
  announce?: boolean;
}) {
  return (
    <div className={`note ${tone === "plain" ? "" : tone}`.trim()} role={announce ? "alert" : undefined}>
      <Icon of={icon ?? (late ? IconClock : ICONS[tone])} />
      <span>{children}</span>
    </div>
  );
}
