import { call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Trans, useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Link } from "../../design/link.tsx";
import { Note } from "../../design/note.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import { ledger } from "./queries.ts";

/** Whether every answer stands as it was written, when that was checked, and the first entry that does not fit. */
export function LedgerPanel() {
  const { t } = useTranslation("consent");
  const f = useFormats();
  const may = useMay();
  const say = useRefusalText();
  const state = useQuery(ledger());
  const check = useMutation({
    mutationFn: () => call(api.POST("/api/consent/ledger/verify")),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["consent", "ledger"] }),
  });
  const found = state.data?.check;
  const isChecking = check.isPending || Boolean(state.data?.jobId);
  return (
    <Panel
      question={t("ledger")}
      reading={
        found && found.entries === 0 ? (
          t("ledger.empty")
        ) : found ? (
          <Trans
            t={t}
            i18nKey={found.whole ? "ledger.whole" : "ledger.broken"}
            components={{ b: <b /> }}
            values={{ entries: f.number(found.entries), at: f.dateTime(found.at) }}
          />
        ) : state.data ? (
          t("ledger.unchecked", { count: state.data.entries, entries: f.number(state.data.entries) })
        ) : null
      }
      how={[t("ledger.how"), t("ledger.provable")]}
      state={stateOf(state, { shape: "text" })}
    >
      <div className="stack s3">
        {found?.fault ? (
          <Note tone="bad">
            {t(`fault.${found.fault.kind}`, { entry: found.fault.entry ?? 0, seal: found.fault.seal ?? 0 })}{" "}
            {found.fault.customer ? (
              <Link to={`/customers/${found.fault.customer}`}>{t("fault.customer")}</Link>
            ) : null}
          </Note>
        ) : null}
        {found && found.entries > 0 ? (
          <p className="sm soft">
            {t("ledger.counts", {
              chains: f.number(found.chains),
              erased: f.number(found.erased),
              seals: f.number(found.seals),
            })}
          </p>
        ) : null}
        {state.data?.sealed ? (
          <p className="xs dim">
            {t("ledger.sealed", {
              number: state.data.sealed.number,
              entries: f.number(state.data.sealed.entries),
              at: f.dateTime(state.data.sealed.at),
            })}{" "}
            <span className="mono" style={{ overflowWrap: "anywhere" }}>
              {state.data.sealed.hash}
            </span>
          </p>
        ) : null}
        {check.error ? (
          <Note tone="bad" announce>
            {say(check.error) ?? t("design:error.text")}
          </Note>
        ) : null}
        {may("data:write") ? (
          <div className="row">
            <Button busy={isChecking} onClick={() => check.mutate()}>
              {t("ledger.check")}
            </Button>
          </div>
        ) : null}
      </div>
    </Panel>
  );
}
