import { ApiError } from "@rondell/api-client";
import type { i18n } from "i18next";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/**
 * What went wrong, in the reader's language. A domain says its refusals as `refusal.<code>` in its own
 * strings; the refusal's details are the sentence's values. Without such a sentence the server's own,
 * which is English, is better than none. Undefined for what is no refusal but a bug.
 */
export function refusalText(error: unknown, language: i18n): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return codeText(error.code, language, error.details) ?? error.message;
}

/** The sentence of a code in the reader's language; undefined where no domain has one. */
export function codeText(
  code: string,
  language: i18n,
  details: Record<string, unknown> = {},
): string | undefined {
  const key = `refusal.${code}`;
  const catalogue = language.getDataByLanguage(language.language) ?? {};
  const namespace = Object.keys(catalogue).find((name) => key in (catalogue[name] as object));
  return namespace ? language.t(key, { ns: namespace, ...details }) : undefined;
}

/** `refusalText` for a component. */
export function useRefusalText(): (error: unknown) => string | undefined {
  const { i18n: language } = useTranslation();
  return useCallback((error) => refusalText(error, language), [language]);
}

/** `codeText` for a component; what has no sentence of its own is told in the server's words. */
export function useCodeText(): (code: string, message: string) => string {
  const { i18n: language } = useTranslation();
  return useCallback((code, message) => codeText(code, language) ?? message, [language]);
}
