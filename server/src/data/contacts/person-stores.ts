import { type PersonStore, rowsInPostgres, type SealedColumn } from "../../garden/index.ts";

export const sealedByContacts: SealedColumn[] = [{ table: "contacts", column: "note" }];

/** Contacts are counted by their events; here they stand with the note that somebody took. */
export const contactStores: PersonStore[] = [
  rowsInPostgres({
    table: "contacts",
    read: "at, kind, channel, topics, mood, note",
    sealed: ["note"],
    move: "note = null",
  }),
];
