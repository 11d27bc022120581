import { ApiError } from "@rondell/api-client";
import { IconLock, IconRefresh } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/hooks.ts";
import { useRefusalText } from "../i18n/refusal.ts";
import { Button, Icon, type IconType } from "./button.tsx";
import { Note } from "./note.tsx";
import { Progress } from "./progress.tsx";

/** A round bed with one seedling: the picture of a page on its first day. */
function Bed() {
  const spokes = [0, 90, 180, 270];
  return (
    <svg
      width="72"
      height="72"
      viewBox="0 0 72 72"
      aria-hidden="true"
      fill="none"
      stroke="var(--line-strong)"
      strokeWidth="1.5"
    >
      <circle cx="36" cy="36" r="33" strokeDasharray="2 5" />
      <circle cx="36" cy="36" r="17" />
      {spokes.map((angle) => (
        <line key={angle} x1="36" y1="4" x2="36" y2="19" transform={`rotate(${angle} 36 36)`} />
      ))}
      <path
        d="M36 42v-9M36 36c-4 0-6-2-6-5 4 0 6 2 6 5zM36 34c4 0 6-2 6-5-4 0-6 2-6 5z"
        stroke="var(--hedge)"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

interface EmptyProps {
  title: ReactNode;
  children?: ReactNode;
  /** What to do about it, one or two buttons. */
  actions?: ReactNode;
  /** Without it the bed on its first day; with it, for filters and rules, an outline icon. */
  icon?: IconType;
}

/** Nothing is here yet, or nothing fits: what is so, why, and the one thing to do. */
export function EmptyState({ title, children, actions, icon }: EmptyProps) {
  return (
    <div className="empty">
      {icon ? <Icon of={icon} className="lg" /> : <Bed />}
      <b>{title}</b>
      {children ? <p>{children}</p> : null}
      {actions ? <div className="row center">{actions}</div> : null}
    </div>
  );
}

/** The reader's role does not see this. `need` names who does. */
export function NoAccess({
  title,
  children,
  actions,
}: {
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const { t } = useTranslation("design");
  return (
    <EmptyState icon={IconLock} title={title ?? t("noAccess.title")} actions={actions}>
      {children ?? t("noAccess.text")}
    </EmptyState>
  );
}

/**
 * Something failed in this one place. Says that nothing is lost, gives one thing to do, and keeps the
 * refusal's code for whoever runs the server.
 */
export function ErrorState({
  error,
  retry,
  title,
}: {
  error: unknown;
  retry?: () => void;
  title?: ReactNode;
}) {
  const { t } = useTranslation("design");
  const f = useFormats();
  const [at] = useState(() => new Date());
  const refusal = error instanceof ApiError ? error : undefined;
  const unreachable = refusal?.status === 0;
  const say = useRefusalText();
  return (
    <div className="stack s3" role="alert">
      <Note tone="bad">
        <b>{title ?? t(unreachable ? "error.unreachable.title" : "error.title")}</b>{" "}
        {unreachable ? t("error.unreachable.text") : (say(error) ?? t("error.text"))}
      </Note>
      {retry ? (
        <div className="row">
          <Button icon={IconRefresh} onClick={retry}>
            {t("error.retry")}
          </Button>
        </div>
      ) : null}
      <p className="xs dim mono">
        {refusal ? refusal.code : "admin.bug"}, {f.dateTime(at)}
      </p>
    </div>
  );
}

export type SkeletonShape = "text" | "chart" | "table" | "number";

const BARS = [30, 44, 62, 78, 70, 52, 36, 24, 16, 10];

/** The shape of what comes, in its final height. After 3 s it says what takes so long. */
export function Skeleton({
  shape = "text",
  height,
  slow,
}: {
  shape?: SkeletonShape;
  height?: number;
  slow?: ReactNode;
}) {
  const { t } = useTranslation("design");
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 3000);
    return () => clearTimeout(timer);
  }, []);
  const minHeight = height ? { minHeight: height } : undefined;
  return (
    <div className="stack s3" role="status" aria-busy="true" aria-label={t("loading")} style={minHeight}>
      {shape === "number" ? <i className="sk" style={{ width: "40%", height: 28 }} /> : null}
      {shape === "text" || shape === "chart" ? (
        <>
          <i className="sk" style={{ width: "88%", height: 18 }} />
          <i className="sk" style={{ width: "64%", height: 18 }} />
        </>
      ) : null}
      {shape === "chart" ? (
        <div className="skbars">
          {BARS.map((share) => (
            <i key={share} className="sk" style={{ height: `${share}%` }} />
          ))}
        </div>
      ) : null}
      {shape === "table"
        ? BARS.slice(0, 6).map((share) => (
            <i key={share} className="sk" style={{ width: `${100 - share / 4}%`, height: 20 }} />
          ))
        : null}
      {shape === "number" ? <i className="sk" style={{ width: "72%", height: 10 }} /> : null}
      {isSlow ? <p className="xs dim">{slow ?? t("loading.slow")}</p> : null}
    </div>
  );
}

/** Counted so far against what is needed, with the day on which we will know where that can be said. */
export function TooEarly({
  known,
  needed,
  when,
  children,
}: {
  known: number;
  needed: number;
  when?: string;
  children?: ReactNode;
}) {
  const { t } = useTranslation("design");
  const f = useFormats();
  return (
    <div className="stack s3">
      {children}
      <p className="reading">
        {t("tooEarly.reading")} {when ? t("tooEarly.when", { date: f.date(when) }) : null}
      </p>
      <Progress done={needed > 0 ? known / needed : 0} label={t("tooEarly.progress")} />
      <p className="xs dim">{t("tooEarly.count", { known: f.number(known), needed: f.number(needed) })}</p>
    </div>
  );
}

/** What a program said, for whoever runs the server: folded away, and marked as the English that it is. */
export function Technical({ text }: { text: string | null | undefined }) {
  const { t } = useTranslation("design");
  if (!text) return null;
  return (
    <details>
      <summary>{t("technical")}</summary>
      <p className="xs dim mono" lang="en">
        {text}
      </p>
    </details>
  );
}
