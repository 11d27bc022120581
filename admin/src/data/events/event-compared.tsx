import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { useMay } from "../../shell/session.tsx";
import type { DebuggedEvent } from "./event-stream.ts";

/** One event side by side: as it came, and as it became; why it was let go, and what is not as it should be. */
export function EventCompared({ event, onClose }: { event: DebuggedEvent; onClose: () => void }) {
  const { t } = useTranslation("events");
  const seesPeople = useMay()("customers:read");
  const isKept = event.outcome === "kept";
  return (
    <section className="compared pad stack s3" aria-label={t("compared", { name: event.name })}>
      <div className="row spread">
        <b>{event.name}</b>
        <Button kind="quiet" icon={IconX} onClick={onClose}>
          {t("close")}
        </Button>
      </div>
      {isKept ? null : <Note tone="warn">{t(`why.${event.outcome}`)}</Note>}
      {event.violations.map(({ path, reason, example }) => (
        <Note key={`${path} ${reason}`} tone="warn">
          {t(`quality:reason.${reason}`, { path })}
          {example === undefined ? null : ` ${t("quality:says", { example })}`}
        </Note>
      ))}
      <div className="sides">
        <Side title={t("asItCame")} json={event.raw} none={t("notKept")} />
        <Side title={t("asItBecame")} json={event.enriched} none={t("nothingStored")} />
      </div>
      {seesPeople && isKept ? null : <p className="sm dim">{t("withoutPersonal")}</p>}
    </section>
  );
}

function Side({ title, json, none }: { title: string; json: object | null; none: string }) {
  return (
    <div className="stack">
      <h3 className="sm soft">{title}</h3>
      {json ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <section className="json mono" aria-label={title} tabIndex={0}>
          <pre>{JSON.stringify(json, null, 2)}</pre>
        </section>
      ) : (
        <p className="dim">{none}</p>
      )}
    </div>
  );
}
