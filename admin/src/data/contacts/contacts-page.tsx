import { ApiError, call } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Grid, Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { api, queryClient } from "../../shell/api.ts";
import { useMay, useMe } from "../../shell/session.tsx";
import { ContactForm } from "./contact-form.tsx";
import { contactsToday } from "./queries.ts";
import { SettingsPanel } from "./settings-panel.tsx";
import { TodayPanel } from "./today-panel.tsx";
import { type Draft, emptyDraft, entryOf, openUnsent, type Unsent } from "./unsent.ts";
import "./contacts.css";

/** Ten seconds at the till or on the phone: who, what about, in which mood, and Enter. */
export default function ContactsPage() {
  const { t } = useTranslation("contacts");
  const may = useMay();
  const today = useQuery(contactsToday());
  const kept = useKept(today.data?.settings.kinds[0]?.key);
  return (
    <Page title={t("title")} reading={t("reading")}>
      <Stack>
        <Grid columns="3:2">
          <Panel question={t("new")} state={stateOf(today, { height: 320 })} how={[t("new.how")]}>
            {today.data ? (
              <ContactForm
                settings={today.data.settings}
                draft={kept.draft}
                onDraft={kept.setDraft}
                onSave={kept.save}
              />
            ) : null}
          </Panel>
          <TodayPanel
            today={today}
            unsent={kept.unsent}
            failed={kept.failed}
            onAgain={kept.send}
            onDrop={kept.drop}
          />
        </Grid>
        {today.data && may("settings:write") ? <SettingsPanel settings={today.data.settings} /> : null}
      </Stack>
    </Page>
  );
}

/** The draft and the entries that wait for the network, as this browser keeps them. */
function useKept(firstKind: string | undefined) {
  const me = useMe();
  const store = useMemo(
    () => openUnsent(me.garden?.id ?? "", me.operator.id),
    [me.garden?.id, me.operator.id],
  );
  const [state, setState] = useState(() => store.read());
  const latest = useRef(state);
  const change = useCallback(
    (next: typeof state) => {
      latest.current = next;
      store.write(next);
      setState(next);
    },
    [store],
  );
  const { mutate, error } = useMutation({
    mutationFn: async () => {
      // In their order, each until it has arrived; one that is refused waits for its operator.
      for (const entry of [...latest.current.unsent]) await sendOne(entry);
    },
  });
  const sendOne = async ({ name: _, ...entry }: Unsent) => {
    await call(api.POST("/api/contacts", { body: entry }));
    const { draft, unsent } = latest.current;
    change({ draft, unsent: unsent.filter((one) => one.clientId !== entry.clientId) });
    await queryClient.invalidateQueries({ queryKey: ["contacts", "today"] });
  };
  const send = useCallback(() => {
    if (latest.current.unsent.length) mutate();
  }, [mutate]);
  useEffect(() => {
    send();
    window.addEventListener("online", send);
    const again = setInterval(send, 15_000);
    return () => {
      window.removeEventListener("online", send);
      clearInterval(again);
    };
  }, [send]);
  const draft = state.draft.kind ? state.draft : { ...state.draft, kind: firstKind ?? "" };
  return {
    draft,
    unsent: state.unsent,
    /** Why the entry that waits longest was not taken; undefined while only the network is away. */
    failed: error instanceof ApiError && error.status > 0 ? error : undefined,
    setDraft: (next: Draft) => change({ ...latest.current, draft: next }),
    save: () => {
      const entry = entryOf(draft, crypto.randomUUID(), new Date());
      change({ draft: emptyDraft(draft.kind), unsent: [...latest.current.unsent, entry] });
      send();
    },
    send,
    drop: (clientId: string) =>
      change({
        ...latest.current,
        unsent: latest.current.unsent.filter((one) => one.clientId !== clientId),
      }),
  };
}
