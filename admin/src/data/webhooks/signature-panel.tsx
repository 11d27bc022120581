import { NumberInput, PasswordInput, Select, TextInput } from "@mantine/core";
import { call } from "@rondell/api-client";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Panel } from "../../design/panel.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { useMay } from "../../shell/session.tsx";
import type { Signature, Webhook } from "./queries.ts";

const usual: { [S in Signature["scheme"]]: Extract<Signature, { scheme: S }> } = {
  shopify: { scheme: "shopify" },
  stripe: { scheme: "stripe", toleranceSeconds: 300 },
  zendesk: { scheme: "zendesk", toleranceSeconds: 300 },
  typeform: { scheme: "typeform" },
  github: { scheme: "github" },
  hmac: { scheme: "hmac", header: "x-signature", algorithm: "sha256", encoding: "hex", prefix: "" },
  header: { scheme: "header", header: "x-webhook-secret" },
  basic: { scheme: "basic", user: "" },
  none: { scheme: "none" },
};
const schemes = Object.keys(usual) as Signature["scheme"][];

/** How the other system proves that it is the one that sends. The secret goes in, and is never shown again. */
export function SignaturePanel({ hook }: { hook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const say = useRefusalText();
  const mayWrite = useMay()("settings:write");
  const [signature, setSignature] = useState<Signature>(hook.signature);
  const [secret, setSecret] = useState("");
  const save = useMutation({
    mutationFn: () =>
      call(
        api.PUT("/api/webhooks/{id}/signature", {
          params: { path: { id: hook.id } },
          body: { signature, ...(secret ? { secret } : {}) },
        }),
      ),
    onSuccess: async () => {
      setSecret("");
      await queryClient.invalidateQueries({ queryKey: ["webhooks"] });
      notifyDone(t("saved"));
    },
  });
  const isChanged = secret !== "" || JSON.stringify(signature) !== JSON.stringify(hook.signature);
  return (
    <Panel question={t("signature")} reading={t("signature.reading")}>
      <form
        className="stack s3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isChanged) save.mutate();
        }}
      >
        <Select
          label={t("scheme")}
          description={t(`scheme.${signature.scheme}Text`)}
          value={signature.scheme}
          allowDeselect={false}
          readOnly={!mayWrite}
          data={schemes.map((value) => ({ value, label: t(`scheme.${value}`) }))}
          onChange={(scheme) => scheme && setSignature(usual[scheme as Signature["scheme"]])}
        />
        <SchemeFields signature={signature} onChange={setSignature} readOnly={!mayWrite} />
        {signature.scheme === "none" ? <Note tone="warn">{t("signature.noneWarning")}</Note> : null}
        {signature.scheme !== "none" ? (
          mayWrite ? (
            <PasswordInput
              label={t("secret")}
              description={t(hook.hasSecret ? "secret.there" : "secret.missing")}
              autoComplete="off"
              value={secret}
              maxLength={500}
              onChange={(event) => setSecret(event.currentTarget.value)}
            />
          ) : (
            <p className="soft">{t(hook.hasSecret ? "secret.there" : "secret.missing")}</p>
          )
        ) : null}
        {save.error ? (
          <Note tone="bad" announce>
            {say(save.error) ?? t("design:error.text")}
          </Note>
        ) : null}
        {mayWrite ? (
          <div className="row">
            <Button
              type="submit"
              busy={save.isPending}
              disabledReason={isChanged ? undefined : t("unchanged")}
            >
              {t("signature.save")}
            </Button>
          </div>
        ) : null}
      </form>
    </Panel>
  );
}

function SchemeFields({
  signature,
  onChange,
  readOnly,
}: {
  signature: Signature;
  onChange: (signature: Signature) => void;
  readOnly: boolean;
}) {
  const { t } = useTranslation("webhooks");
  switch (signature.scheme) {
    case "stripe":
    case "zendesk":
      return (
        <NumberInput
          label={t("tolerance")}
          description={t("toleranceText")}
          min={30}
          max={86_400}
          allowDecimal={false}
          readOnly={readOnly}
          value={signature.toleranceSeconds}
          onChange={(value) =>
            typeof value === "number" && value >= 30
              ? onChange({ ...signature, toleranceSeconds: value })
              : undefined
          }
        />
      );
    case "header":
      return (
        <TextInput
          label={t("header")}
          value={signature.header}
          readOnly={readOnly}
          onChange={(event) => onChange({ ...signature, header: event.currentTarget.value })}
        />
      );
    case "basic":
      return (
        <TextInput
          label={t("user")}
          value={signature.user}
          readOnly={readOnly}
          onChange={(event) => onChange({ ...signature, user: event.currentTarget.value })}
        />
      );
    case "hmac":
      return (
        <>
          <TextInput
            label={t("header")}
            value={signature.header}
            readOnly={readOnly}
            onChange={(event) => onChange({ ...signature, header: event.currentTarget.value })}
          />
          <div className="grid g2">
            <Select
              label={t("algorithm")}
              value={signature.algorithm}
              allowDeselect={false}
              readOnly={readOnly}
              data={["sha1", "sha256", "sha512"]}
              onChange={(algorithm) =>
                algorithm && onChange({ ...signature, algorithm: algorithm as typeof signature.algorithm })
              }
            />
            <Select
              label={t("encoding")}
              value={signature.encoding}
              allowDeselect={false}
              readOnly={readOnly}
              data={["hex", "base64"]}
              onChange={(encoding) =>
                encoding && onChange({ ...signature, encoding: encoding as typeof signature.encoding })
              }
            />
          </div>
          <TextInput
            label={t("prefix")}
            description={t("prefixText")}
            value={signature.prefix}
            maxLength={20}
            readOnly={readOnly}
            onChange={(event) => onChange({ ...signature, prefix: event.currentTarget.value })}
          />
        </>
      );
    default:
      return null;
  }
}
