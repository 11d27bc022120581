import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { Grid, Page, Stack } from "../../design/page.tsx";
import { Panel, stateOf } from "../../design/panel.tsx";
import { CodeBlock } from "../../garden/sources/code-block.tsx";
import { usePathValue } from "../../shell/path-value.ts";
import { MappingPanel } from "./mapping-panel.tsx";
import { type Webhook, webhookOf } from "./queries.ts";
import { SignaturePanel } from "./signature-panel.tsx";

/** One webhook: its address, how its signature is checked, and the mapping made by example. */
export default function WebhookPage() {
  const { t } = useTranslation("webhooks");
  const one = useQuery(webhookOf(usePathValue("id")));
  const hook = one.data;
  if (!hook) {
    return (
      <Page title={t("one")}>
        <Panel question={t("one")} state={stateOf(one)} />
      </Page>
    );
  }
  return (
    <Page
      title={hook.name}
      reading={t("one.reading")}
      mark={<StateChip hook={hook} />}
      actions={<LinkButton to={`/sources/${hook.id}`}>{t("toSource")}</LinkButton>}
    >
      <Stack>
        <Grid columns="2">
          <Panel question={t("address")} reading={t("address.reading")} how={[t("address.how")]}>
            <CodeBlock text={hook.address} label={t("address")} />
          </Panel>
          <SignaturePanel key={`signature ${JSON.stringify(hook.signature)}`} hook={hook} />
        </Grid>
        <MappingPanel key={`mapping ${JSON.stringify(hook.rules)}`} hook={hook} />
      </Stack>
    </Page>
  );
}

/** What a webhook lacks, or that it works. */
export function StateChip({ hook }: { hook: Webhook }) {
  const { t } = useTranslation("webhooks");
  if (!hook.enabled) return <Chip tone="watch">{t("state.off")}</Chip>;
  if (hook.signature.scheme !== "none" && !hook.hasSecret)
    return <Chip tone="watch">{t("state.secret")}</Chip>;
  if (hook.failed > 0) return <Chip tone="bad">{t("state.failed", { count: hook.failed })}</Chip>;
  if (hook.waiting > 0) return <Chip tone="watch">{t("state.unmapped", { count: hook.waiting })}</Chip>;
  return hook.lastEventAt ? <Chip tone="good">{t("state.works")}</Chip> : <Chip>{t("state.waiting")}</Chip>;
}
