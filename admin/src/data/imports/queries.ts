import { call, type paths } from "@rondell/api-client";
import { queryOptions } from "@tanstack/react-query";
import { api, queryClient } from "../../shell/api.ts";

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
/** A mapping as it is edited here; what it lacks, the server says. */
export type Mapping = NonNullable<Preview["mapping"]>["mapping"];
export type Fields = Preview["fields"];
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

export type Folder = Got<"/api/imports/folders">["items"][number];

export const folderList = () =>
  queryOptions({
    queryKey: ["imports", "folders"],
    queryFn: ({ signal }) => call(api.GET("/api/imports/folders", { signal })),
    refetchInterval: (query) => (query.state.data?.items.length ? 5_000 : false),
  });

export const preview = (files: string[], mapping?: string | Mapping, kind?: Import["kind"]) =>
  call(
    api.POST("/api/imports/preview", {
      body: { files, ...(mapping ? { mapping } : {}), ...(kind ? { kind } : {}) },
    }),
  );

export const renewImports = () => queryClient.invalidateQueries({ queryKey: ["imports"] });
