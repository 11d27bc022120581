import { ApiError } from "@rondell/api-client";
import { useTranslation } from "react-i18next";
import { Chip } from "../../design/chip.tsx";
import { Link } from "../../design/link.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import type { Folder } from "./queries.ts";
import { weekdayName } from "./weekdays.ts";

interface Fault {
  code: string;
  message: string | null;
  details: Record<string, unknown>;
}

/** Why something could not be done, in the reader's language. */
function useFaultText() {
  const told = useRefusalText();
  return ({ code, message, details }: Fault) => told(new ApiError(code, message ?? "", 400, { details }));
}

/** When the folder was looked into, at whose wish, and what that brought. */
export function LastLook({ folder: { look, asked, last } }: { folder: Folder }) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const faultText = useFaultText();
  if (asked)
    return (
      <div>
        <Chip>{t("folders.looking")}</Chip>
        <br />
        <span className="xs dim">{t("folders.lookingText")}</span>
      </div>
    );
  if (!look) return <span className="dim">{t("folders.notYet")}</span>;
  const { accepted, updated, unchanged, rejected } = look;
  return (
    <div>
      {f.dateTime(look.at)}
      {look.askedBy ? <span className="dim">, {t("folders.askedBy", { name: look.askedBy })}</span> : null}
      <br />
      <span className="xs dim">
        {look.files ? t("folders.files", { count: look.files }) : look.fault ? null : t("folders.nothing")}
        {accepted + updated + unchanged + rejected > 0
          ? `: ${t("folders.came", {
              accepted: f.number(accepted),
              updated: f.number(updated),
              unchanged: f.number(unchanged),
              rejected: f.number(rejected),
            })}`
          : null}
        {look.running ? `; ${t("folders.running", { count: look.running })}` : null}
      </span>
      {/* What the last files say beside it is not said twice. */}
      {look.fault && look.fault.code !== last?.code ? (
        <p className="xs folderfault">{faultText(look.fault)}</p>
      ) : null}
    </div>
  );
}

/** The files that were put away last. */
export function LastFiles({ folder: { last } }: { folder: Folder }) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const faultText = useFaultText();
  if (!last) return <span className="dim">{t("folders.never")}</span>;
  const names = last.files.join(", ");
  return (
    <div>
      <Chip tone={last.state === "done" ? "good" : "bad"}>{t(`state.${last.state}`)}</Chip>{" "}
      {last.import ? <Link to={`/imports/${last.import}`}>{names}</Link> : names}
      <br />
      <span className="xs dim">
        {last.code
          ? faultText({ ...last, code: last.code })
          : t("folders.came", {
              accepted: f.number(last.accepted),
              updated: f.number(last.updated),
              unchanged: f.number(last.unchanged),
              rejected: f.number(last.rejected),
            })}
      </span>
    </div>
  );
}

/** The next time of the timetable, and the timetable itself. */
export function NextLook({ folder: { nextAt, timetable } }: { folder: Folder }) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  if (!timetable || !nextAt) return t("folders.each");
  return (
    <div>
      {f.dateTime(nextAt)}
      <br />
      <span className="xs dim">
        {timetable.every === "day"
          ? t("folders.nextEvery.day", { at: timetable.at })
          : t("folders.nextEvery.week", {
              at: timetable.at,
              weekday: weekdayName(f.language, timetable.weekday),
            })}
      </span>
    </div>
  );
}
