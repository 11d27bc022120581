import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormats } from "../i18n/hooks.ts";

const ASK_MS = 30_000;

/** Is the server there? Asked every half minute; says since when it is not. */
export function LiveDot() {
  const { t } = useTranslation("shell");
  const f = useFormats();
  const health = useQuery({
    queryKey: ["health"],
    queryFn: async ({ signal }) => {
      const response = await fetch("/health", { signal });
      if (!response.ok) throw new Error(`The server answered ${response.status}.`);
      return true;
    },
    refetchInterval: ASK_MS,
    staleTime: ASK_MS,
    retry: false,
  });
  const isLost = health.isError;
  return (
    <span className={`live ${isLost ? "lost" : health.isPending ? "asking" : ""}`.trim()} role="status">
      {isLost
        ? health.dataUpdatedAt
          ? t("live.lostSince", { time: f.time(health.dataUpdatedAt) })
          : t("live.lost")
        : t("live.on")}
    </span>
  );
}
