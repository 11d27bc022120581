import { useTranslation } from "react-i18next";

const known = ["status", "redirect", "timeout", "private", "plain", "url", "unknown_host"];

/** Why an attempt failed, in words; what the network says by a code of its own is told as it is. */
export function useErrorText(): (error: string) => string {
  const { t } = useTranslation("outbound");
  return (error) => {
    const [word = "", status = ""] = error.split(" ");
    return known.includes(word) ? t(`error.${word}`, { status }) : t("error.network", { code: word });
  };
}
