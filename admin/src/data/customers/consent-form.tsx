import { Checkbox, Select, TextInput } from "@mantine/core";
import { call, type paths } from "@rondell/api-client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/button.tsx";
import { Note } from "../../design/note.tsx";
import { notifyDone } from "../../design/notify.tsx";
import { Picks } from "../../design/picks.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import { useRefusalText } from "../../i18n/refusal.ts";
import { api, queryClient } from "../../shell/api.ts";
import { askablePurposes, type Customer } from "./queries.ts";

type Body = NonNullable<
  paths["/api/customers/{id}/consents"]["post"]["requestBody"]
>["content"]["application/json"];

const ways = ["phone", "paper", "shop", "message", "operator"] as const;
const bases = ["consent", "contract", "legitimate_interest", "legal_obligation"] as const;

/** Minutes of this device's clock, as a field of date and time has them. */
const minuteOf = (at: Date) =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** Notes what a customer said by phone, on paper or in the shop. A no asks for less than a yes. */
export function ConsentForm({ of, onDone }: { of: Customer; onDone: () => void }) {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const say = useRefusalText();
  const purposes = useQuery(askablePurposes).data?.purposes ?? [];
  const [opened] = useState(() => minuteOf(new Date()));
  const [key, setKey] = useState<string | null>(null);
  const [answer, setAnswer] = useState<"yes" | "no">();
  const [origin, setOrigin] = useState<(typeof ways)[number]>("phone");
  const [when, setWhen] = useState(opened);
  const [version, setVersion] = useState<number>();
  const [place, setPlace] = useState("");
  const [proof, setProof] = useState("");
  const [basis, setBasis] = useState<(typeof bases)[number]>("consent");
  const [confirms, setConfirms] = useState(true);
  const purpose = purposes.find((one) => one.key === key);
  const words = purpose?.wordings.find((one) => one.version === version) ?? purpose?.wordings[0];
  const isYes = answer === "yes";
  const asksMail = isYes && basis === "consent" && purpose?.doubleOptIn === true;
  const save = useMutation({
    mutationFn: (body: Body) =>
      call(api.POST("/api/customers/{id}/consents", { params: { path: { id: of.id } }, body })),
    onSuccess: async ({ state }) => {
      await queryClient.invalidateQueries({ queryKey: ["customers"] });
      notifyDone(t(`note.done.${state}`));
      onDone();
    },
  });
  const missing = !purpose
    ? t("note.purposeMissing")
    : !answer
      ? t("note.answerMissing")
      : when > minuteOf(new Date())
        ? t("note.future")
        : isYes && !proof.trim()
          ? t("note.proofMissing")
          : undefined;
  const submit = () => {
    if (missing || !purpose || !words) return;
    save.mutate({
      ...{ purpose: purpose.key, granted: isYes, origin, basis, wordingVersion: words.version },
      ...(proof.trim() ? { proof: proof.trim() } : {}),
      ...(place.trim() ? { place: place.trim() } : {}),
      ...(isYes ? { confirm: asksMail && confirms && Boolean(of.email) } : {}),
      // Left as it was, the server's own clock says when: this device's may be ahead of it.
      ...(when && when !== opened ? { at: new Date(when).toISOString() } : {}),
    });
  };
  return (
    <form
      className="stack s4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Select
        label={t("note.purpose")}
        data-autofocus
        data={purposes.map((one) => ({ value: one.key, label: one.name[f.language] }))}
        allowDeselect={false}
        value={key}
        onChange={(next) => {
          setKey(next);
          setVersion(undefined);
        }}
      />
      <Picks
        legend={t("note.answer")}
        choices={(["yes", "no"] as const).map((value) => ({ value, label: t(`note.${value}`) }))}
        value={answer}
        onChange={setAnswer}
      />
      <Picks
        legend={t("note.how")}
        choices={ways.map((value) => ({ value, label: t(`note.way.${value}`) }))}
        value={origin}
        onChange={setOrigin}
      />
      {purpose && words ? (
        <div className="stack">
          <Select
            label={t("note.wording")}
            allowDeselect={false}
            data={purpose.wordings.map((one, at) => ({
              value: String(one.version),
              label: t(at === 0 ? "note.versionNow" : "note.version", {
                version: one.version,
                date: f.date(one.since),
              }),
            }))}
            value={String(words.version)}
            onChange={(next) => setVersion(Number(next))}
          />
          <p className="sm soft">
            <q>{words.wording[f.language]}</q>
          </p>
        </div>
      ) : null}
      <TextInput
        type="datetime-local"
        label={t("note.when")}
        description={t("note.whenText")}
        max={minuteOf(new Date())}
        value={when}
        onChange={(event) => setWhen(event.currentTarget.value)}
      />
      <TextInput
        label={t("note.place")}
        description={t("note.placeText")}
        maxLength={300}
        value={place}
        onChange={(event) => setPlace(event.currentTarget.value)}
      />
      <TextInput
        label={t(isYes ? "note.proof" : "note.proofOptional")}
        description={t("note.proofText")}
        maxLength={300}
        required={isYes}
        value={proof}
        onChange={(event) => setProof(event.currentTarget.value)}
      />
      {isYes ? (
        <Select
          label={t("note.basis")}
          description={basis === "consent" ? undefined : t("note.basisText")}
          allowDeselect={false}
          data={bases.map((value) => ({ value, label: t(`note.basis.${value}`) }))}
          value={basis}
          onChange={(next) => setBasis(bases.find((one) => one === next) ?? "consent")}
        />
      ) : null}
      {asksMail && of.email ? (
        <Checkbox
          label={t("note.confirm")}
          description={t("note.confirmText", { address: of.email })}
          checked={confirms}
          onChange={(event) => setConfirms(event.currentTarget.checked)}
        />
      ) : null}
      {asksMail && !of.email ? <Note>{t("note.confirmNoAddress")}</Note> : null}
      {save.error ? (
        <Note tone="bad" announce>
          {say(save.error) ?? t("design:error.text")}
        </Note>
      ) : null}
      <div className="row end">
        <Button kind="main" type="submit" busy={save.isPending} disabledReason={missing}>
          {t("note.save")}
        </Button>
      </div>
    </form>
  );
}
