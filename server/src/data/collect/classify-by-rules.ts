import { partsOfUrl, ruleFor, type TouchpointRule } from "../touchpoints/index.ts";
import { type Classified, classify } from "./classify.ts";
import type { Incoming, Json } from "./model.ts";
import { statedProperties } from "./row.ts";

/** What `classify` finds, or what the brand's own rules say of it. */
export function classifyBy(rules: readonly TouchpointRule[], event: Incoming): Classified {
  const found = classify(event);
  if (!rules.length) return found;
  const properties = statedProperties(event);
  const page = (event.context.page ?? {}) as Json;
  const campaign = (event.context.campaign ?? {}) as Json;
  const address = partsOfUrl(properties.url ?? page.url);
  const rule = ruleFor(rules, {
    event: event.name,
    channel: found.channel,
    medium: found.medium,
    campaign: found.campaign,
    source: typeof campaign.source === "string" ? campaign.source : address.source,
    referrer: partsOfUrl(properties.referrer ?? page.referrer).host,
    page: address.path,
    properties,
  });
  if (!rule) return found;
  return {
    ...found,
    channel: rule.channel,
    medium: rule.medium,
    campaign: rule.campaign || found.campaign,
  };
}
