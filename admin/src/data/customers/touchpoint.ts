import {
  IconArrowBackUp,
  IconBrowser,
  IconCircle,
  IconDeviceMobile,
  IconGift,
  IconId,
  IconMail,
  IconMessageReport,
  IconPackage,
  IconPhone,
  IconShieldCheck,
  IconShoppingCart,
  IconStar,
  IconUser,
  IconWorld,
} from "@tabler/icons-react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { IconType } from "../../design/button.tsx";
import type { TimelineEvent } from "../../design/timeline.tsx";
import { useFormats } from "../../i18n/hooks.ts";

/** A touchpoint as the API gives it. */
export interface Touchpoint {
  name: string;
  channel: string;
  medium: string;
  campaign: string;
  amountMinor: number | null;
  currency: string;
  properties: Record<string, unknown>;
}

const icons: [RegExp, IconType][] = [
  [/^Order Completed/, IconShoppingCart],
  [/^Order (Refunded|Cancelled)/, IconArrowBackUp],
  [/^Product /, IconPackage],
  [/^Cart|^Checkout/, IconShoppingCart],
  [/^Page /, IconBrowser],
  [/^Screen /, IconDeviceMobile],
  [/^Survey |^Review /, IconStar],
  [/^Offer /, IconGift],
  [/^Consent /, IconShieldCheck],
  [/^Ticket /, IconMessageReport],
  [/^Call/, IconPhone],
  [/^Email|^E-Mail|^Newsletter|^Unsubscribed/, IconMail],
  [/^Customer /, IconUser],
];

export function iconOf(name: string): IconType {
  return icons.find(([pattern]) => pattern.test(name))?.[1] ?? IconCircle;
}

export function identifierIcon(kind: string): IconType {
  return kind === "email" ? IconMail : kind === "anonymous_id" ? IconWorld : IconId;
}

/** Purchases stand out; refunds, complaints and tickets are red. */
export function kindOf(name: string): NonNullable<TimelineEvent["kind"]> {
  if (name === "Order Completed" || name === "Offer Accepted" || name === "Consent Granted") return "key";
  return /Refunded|Cancelled|Ticket Opened|Withdrawn/.test(name) ? "negative" : "plain";
}

/** What an event is called for people; a name that the brand made up stays as it is. */
export function useEventName(): (name: string) => string {
  const { t, i18n } = useTranslation("customers");
  return useCallback(
    (name) => (i18n.exists(`event.${name}`, { ns: "customers" }) ? t(`event.${name}`) : name),
    [t, i18n],
  );
}

/** What a channel is called for people; one that the brand made up stays as it is. */
export function useChannelName(): (channel: string) => string {
  const { t, i18n } = useTranslation("customers");
  return useCallback(
    (channel) => (i18n.exists(`channel.${channel}`, { ns: "customers" }) ? t(`channel.${channel}`) : channel),
    [t, i18n],
  );
}

/** What a touchpoint was, in a line and a line below. */
export function useTouchpointWords() {
  const { t } = useTranslation("customers");
  const f = useFormats();
  const nameOf = useEventName();
  const channelOf = useChannelName();
  return (point: Touchpoint): Pick<TimelineEvent, "text" | "meta"> => {
    const text = nameOf(point.name);
    const { product_id, products, name, title, path, score, rating, order_id } = point.properties;
    const first = Array.isArray(products)
      ? (products[0] as { name?: unknown; product_id?: unknown })
      : undefined;
    const what = [first?.name ?? first?.product_id ?? name ?? title ?? path ?? product_id].find(
      (one) => typeof one === "string" && one,
    );
    const more =
      Array.isArray(products) && products.length > 1 ? t("event.more", { count: products.length - 1 }) : "";
    const grade = typeof score === "number" ? score : typeof rating === "number" ? rating : undefined;
    const meta = [
      what ? `${String(what)}${more ? ` ${more}` : ""}` : undefined,
      point.amountMinor === null ? undefined : f.money(point.amountMinor, { currency: point.currency }),
      grade === undefined ? undefined : t("page.score", { score: grade }),
      point.channel ? channelOf(point.channel) : undefined,
      point.campaign || undefined,
      order_id === undefined ? undefined : `#${String(order_id)}`,
    ].filter((part) => part !== undefined);
    return { text, meta: meta.join(" · ") };
  };
}
