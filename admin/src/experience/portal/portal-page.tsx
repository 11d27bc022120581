import { ColorInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { IconDeviceFloppy } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Grid, Page } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { ErrorState } from "../../design/states.tsx";
import { api, queryClient } from "../../shell/api.ts";
import { useMay, useMe } from "../../shell/session.tsx";
import { look } from "../surveys/look.ts";
import { PhonePreview } from "../surveys/phone-preview.tsx";
import { usualQuestion } from "../surveys/usual-question.ts";

/** How the pages look that customers open: surveys, and what they allow. */
export default function PortalPage() {
  const { t } = useTranslation("portal");
  const me = useMe();
  const mayWrite = useMay()("settings:write");
  const current = useQuery(look());
  const [typed, setTyped] = useState<string>();
  const colour = typed ?? current.data?.colour ?? "";
  const isColour = /^#[0-9a-f]{6}$/i.test(colour);
  const save = useMutation({
    mutationFn: (next: string | null) => call(api.PUT("/api/portal/look", { body: { colour: next } })),
    onSuccess: async () => {
      notifyDone(t("saved"));
      setTyped(undefined);
      await queryClient.invalidateQueries({ queryKey: ["portal"] });
    },
  });
  const brand = me.garden?.brand ?? "";
  const language = me.garden?.language ?? "en";
  const fault = mayWrite ? (isColour ? undefined : t("needsColour")) : t("noRight");
  return (
    <Page title={t("title")} reading={t("reading")}>
      <Grid columns="3:2">
        <Panel
          question={t("question")}
          state={stateOf(current, { shape: "text", height: 160 })}
          how={[t("how")]}
        >
          <div className="stack s4">
            <ColorInput
              label={t("colour")}
              description={t("colourText")}
              placeholder="#14573e"
              format="hex"
              popoverProps={{ position: "top-start" }}
              eyeDropperButtonProps={{ "aria-label": t("pick") }}
              disabled={!mayWrite}
              value={colour}
              onChange={setTyped}
            />
            {save.error ? <ErrorState error={save.error} title={t("notSaved")} /> : null}
            <div className="row">
              <Button
                kind="main"
                icon={IconDeviceFloppy}
                busy={save.isPending}
                disabledReason={fault}
                onClick={() => save.mutate(colour.toLowerCase())}
              >
                {t("save")}
              </Button>
              {current.data?.colour && mayWrite ? (
                <Button busy={save.isPending} onClick={() => save.mutate(null)}>
                  {t("remove")}
                </Button>
              ) : null}
            </div>
          </div>
        </Panel>
        <Panel question={t("preview")}>
          <PhonePreview
            draft={{ language, question: { de: usualQuestion.de(brand), en: usualQuestion.en(brand) } }}
            {...(isColour ? { colour } : {})}
          />
        </Panel>
      </Grid>
    </Page>
  );
}
