import type { Json } from "../model.ts";
import { listOf, objectOf, textOf } from "./values.ts";

/**
 * The answers of a consent tool as RudderStack's client tells them, `consentManagement`, as `categoryPreferences`;
 * undefined where it tells none.
 */
export function preferencesOfRudder(context: Json): Record<string, boolean> | undefined {
  const { allowedConsentIds, deniedConsentIds } = objectOf(context.consentManagement);
  const named = (ids: unknown, granted: boolean) =>
    listOf(ids).flatMap((id): [string, boolean][] => {
      const category = textOf(id);
      return category === undefined ? [] : [[category, granted]];
    });
  const answers = [...named(allowedConsentIds, true), ...named(deniedConsentIds, false)];
  return answers.length ? Object.fromEntries(answers) : undefined;
}
