import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api, queryClient, send } from "../../shell/api.ts";

type Json<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : never;
type Got<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: infer Answer } } }
  ? Json<Answer>
  : never;
type Sent<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody?: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;
type Posted<Path extends keyof paths> = paths[Path] extends { post: { responses: { 200: infer Answer } } }
  ? Json<Answer>
  : never;

export type Import = Got<"/api/imports/{id}">;
export type Result = NonNullable<Import["result"]>;
export type Preview = Posted<"/api/imports/preview">;
export type FilePreview = Preview["files"][number];
export type NamedMapping = Got<"/api/imports/mappings">["items"][number];
export type Mapping = NamedMapping["mapping"];
export type Rules = Mapping["rules"];
export type Role = NonNullable<FilePreview["role"]>;
export type StartAsk = Sent<"/api/imports">;

export interface SentFile {
  fileId: string;
  name: string;
  bytes: number;
}

/** How often a running import is asked how far it is, in ms. */
const lookEveryMs = 700;

export const isOpen = (one: Pick<Import, "state">) => one.state === "queued" || one.state === "running";

export const importList = () =>
  queryOptions({
    queryKey: ["imports", "list"],
    queryFn: ({ signal }) => call(api.GET("/api/imports", { signal })),
    refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? lookEveryMs : false),
  });

export const importOne = (id: string) =>
  queryOptions({
    queryKey: ["imports", "one", id],
    queryFn: ({ signal }) => call(api.GET("/api/imports/{id}", { params: { path: { id } }, signal })),
    refetchInterval: (query) => (query.state.data && isOpen(query.state.data) ? lookEveryMs : false),
  });

export const mappingList = () =>
  queryOptions({
    queryKey: ["imports", "mappings"],
    queryFn: ({ signal }) => call(api.GET("/api/imports/mappings", { signal })),
  });

/** Sends a file as it is; the server keeps it until an import names it. */
export const sendFile = (file: File) =>
  send<SentFile>(`/api/imports/files?name=${encodeURIComponent(file.name)}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });

export const preview = (files: string[], mapping?: string | Mapping) =>
  call(api.POST("/api/imports/preview", { body: { files, ...(mapping ? { mapping } : {}) } }));

export const renewImports = () => queryClient.invalidateQueries({ queryKey: ["imports"] });

/** Fields of each kind of file, in the order in which they are asked for; the first ones are needed. */
export const fieldsOfRole: Record<Role, { needed: readonly string[]; optional: readonly string[] }> = {
  lines: {
    needed: ["order", "product", "quantity", "price", "happenedAt"],
    optional: [
      "customer",
      "name",
      "category",
      "lineTotal",
      "currency",
      "country",
      "city",
      "status",
      "refundOf",
    ],
  },
  orders: {
    needed: ["order", "happenedAt"],
    optional: ["customer", "status", "currency", "country", "city", "refundOf"],
  },
  items: {
    needed: ["order", "product", "price"],
    optional: ["quantity", "name", "category", "lineTotal", "shipping"],
  },
  customers: { needed: ["key", "person"], optional: ["country", "city"] },
  payments: { needed: ["order", "type"], optional: [] },
  products: { needed: ["product"], optional: ["name", "category"] },
  categories: { needed: ["category", "label"], optional: [] },
  reviews: { needed: ["review", "order", "score", "happenedAt"], optional: ["title", "text"] },
};
