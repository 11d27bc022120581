import { useParams } from "@tanstack/react-router";

/** A value of the path: `usePathValue("id")` on `/customers/$id`. */
export function usePathValue(name: string): string {
  const values = useParams({ strict: false }) as Record<string, string | undefined>;
  const value = values[name];
  if (value === undefined) throw new Error(`The path of this page has no $${name}.`);
  return value;
}
