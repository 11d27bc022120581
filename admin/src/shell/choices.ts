import { useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { IconType } from "../design/button.tsx";
import { useLanguage } from "../i18n/hooks.ts";
import { type Language, speak } from "../i18n/index.ts";
import { keepLanguage } from "./session.tsx";

/** The other appearance: its words, its picture, and the change to it. */
export function useAppearance(): { words: string; icon: IconType; change: () => void } {
  const { t } = useTranslation("shell");
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  return {
    words: t(isDark ? "appearance.light" : "appearance.dark"),
    icon: isDark ? IconSun : IconMoon,
    change: () => setColorScheme(isDark ? "light" : "dark"),
  };
}

/** The other language, named in itself. */
export function useOtherLanguage(): { other: Language; name: string; change: () => void } {
  const other: Language = useLanguage() === "en" ? "de" : "en";
  const change = () => {
    keepLanguage(other);
    void speak(other);
  };
  return { other, name: other === "de" ? "Deutsch" : "English", change };
}
