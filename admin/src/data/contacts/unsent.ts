import type { Person } from "./queries.ts";

/** What is being written. */
export interface Draft {
  search: string;
  person: Pick<Person, "id" | "name"> | null;
  kind: string;
  topics: string[];
  mood: "good" | "neutral" | "bad" | null;
  note: string;
}

/** A saved entry on its way to the server. It has an id of its own: sent twice it counts once. */
export interface Unsent {
  clientId: string;
  at: string;
  customer: string | null;
  name: string | null;
  kind: string;
  topics: string[];
  mood: Draft["mood"];
  note: string;
}

interface Kept {
  draft: Draft;
  unsent: Unsent[];
}

export const emptyDraft = (kind = ""): Draft => ({
  search: "",
  person: null,
  kind,
  topics: [],
  mood: null,
  note: "",
});

/**
 * What is written and not sent yet stays in this browser, for this operator and garden alone, so that neither a reload nor
 * a lost network loses it. What has been sent is not kept.
 */
export function openUnsent(garden: string, operator: string) {
  const key = `rondell.contacts.${garden}.${operator}`;
  return {
    read(): Kept {
      try {
        const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Kept>;
        return {
          draft: { ...emptyDraft(), ...kept.draft },
          unsent: Array.isArray(kept.unsent) ? kept.unsent : [],
        };
      } catch {
        return { draft: emptyDraft(), unsent: [] };
      }
    },
    write({ draft, unsent }: Kept): void {
      const says = draft.search || draft.person || draft.topics.length || draft.mood || draft.note;
      if (says || unsent.length) localStorage.setItem(key, JSON.stringify({ draft, unsent }));
      else localStorage.removeItem(key);
    },
  };
}

export function entryOf(draft: Draft, clientId: string, at: Date): Unsent {
  const { person, kind, topics, mood, note } = draft;
  return {
    ...{ clientId, at: at.toISOString(), kind, topics, mood },
    customer: person?.id ?? null,
    name: person?.name ?? null,
    note: note.trim(),
  };
}
