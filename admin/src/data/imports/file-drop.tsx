import { IconFileUpload, IconPlayerStop, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../../design/button.tsx";
import { Chip } from "../../design/chip.tsx";
import { type Column, DataTable } from "../../design/data-table.tsx";
import { Stack } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import { Progress } from "../../design/progress.tsx";
import { ErrorState } from "../../design/states.tsx";
import { useFormats } from "../../i18n/hooks.ts";
import "./imports.css";
import { ProblemText } from "./problem-text.tsx";
import type { FilePreview, SentFile } from "./queries.ts";
import { paceOf, type Sending, sendFiles } from "./upload.ts";

/** Files by drag and drop or by choice; each is sent at once and kept on the server until it is imported. */
export function FileDrop({
  files,
  previews,
  onFiles,
}: {
  files: SentFile[];
  previews: FilePreview[];
  onFiles: (files: SentFile[]) => void;
}) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const [sending, setSending] = useState<Sending>();
  const stop = useRef<AbortController>(undefined);
  const send = useMutation({
    mutationFn: async (chosen: File[]) => {
      const sent: SentFile[] = [];
      stop.current = new AbortController();
      try {
        await sendFiles(chosen, setSending, stop.current.signal, (file) => sent.push(file));
      } catch (error) {
        if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      } finally {
        // What has arrived stays, also when a later file did not.
        if (sent.length) onFiles([...files, ...sent]);
        setSending(undefined);
      }
    },
  });
  const take = (list: FileList | null) => {
    const chosen = [...(list ?? [])];
    if (chosen.length && !send.isPending) send.mutate(chosen);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  const previewOf = (file: SentFile) => previews.find((one) => one.fileId === file.fileId);
  const columns: Column<SentFile>[] = [
    { id: "name", head: t("files.name"), lead: true, cell: (file) => file.name },
    { id: "size", head: t("files.size"), right: true, cell: (file) => sizeText(file.bytes, f.number) },
    {
      id: "role",
      head: t("files.holds"),
      cell: (file) => {
        const seen = previewOf(file);
        if (!seen) return t("files.looking");
        if (seen.problem) return <ProblemText problem={seen.problem} />;
        return seen.role ? t(`role.${seen.role}`) : <Chip tone="watch">{t("files.unknown")}</Chip>;
      },
    },
    {
      id: "written",
      head: t("files.written"),
      cell: (file) => {
        const seen = previewOf(file);
        if (!seen || seen.problem) return null;
        return [
          seen.format === "csv"
            ? t(`delimiter.${delimiterName(seen.delimiter)}`)
            : t(`format.${seen.format}`),
          seen.encoding === "utf-8" ? "UTF-8" : "Windows-1252",
        ].join(", ");
      },
    },
    {
      id: "remove",
      head: t("files.remove"),
      right: true,
      cell: (file) => (
        <IconButton
          icon={IconX}
          kind="quiet"
          label={t("files.removeOne", { name: file.name })}
          onClick={() => onFiles(files.filter((one) => one.fileId !== file.fileId))}
        />
      ),
    },
  ];
  return (
    <Panel question={t("files.question")} how={[t("files.how")]}>
      <Stack gap="parts">
        <section
          aria-label={t("files.question")}
          className={`filedrop ${isOver ? "over" : ""}`.trim()}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={onDrop}
        >
          {sending ? (
            <SendingBar sending={sending} onStop={() => stop.current?.abort()} />
          ) : (
            <>
              <p>{t("files.drop")}</p>
              <Button icon={IconFileUpload} onClick={() => input.current?.click()}>
                {t("files.choose")}
              </Button>
            </>
          )}
          <input
            ref={input}
            type="file"
            multiple
            hidden
            accept=".csv,.txt,.tsv,.json,.jsonl,.ndjson,.parquet,.gz,.zst,text/csv,application/gzip"
            aria-label={t("files.choose")}
            onChange={(event) => {
              take(event.currentTarget.files);
              event.currentTarget.value = "";
            }}
          />
        </section>
        {send.error ? <ErrorState error={send.error} /> : null}
        {files.length > 0 ? (
          <DataTable
            label={t("files.question")}
            columns={columns}
            rows={files}
            rowId={(file) => file.fileId}
          />
        ) : null}
      </Stack>
    </Panel>
  );
}

/** How much of the files has left this browser, how fast, and for how long. */
function SendingBar({ sending, onStop }: { sending: Sending; onStop: () => void }) {
  const { t } = useTranslation("imports");
  const f = useFormats();
  const pace = paceOf(sending);
  const size = (bytes: number) => sizeText(bytes, f.number);
  return (
    <div className="sending stack s3">
      <Progress done={sending.total ? sending.sent / sending.total : 0} label={t("files.sending")} />
      <p className="sm dim">
        {[
          t("files.sendingOf", { name: sending.name }),
          t("files.sent", { sent: size(sending.sent), total: size(sending.total) }),
          pace ? t("files.rate", { rate: size(pace.rate) }) : null,
          pace && sending.sent < sending.total ? t("files.left", { time: f.duration(pace.leftMs) }) : null,
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <div className="row center">
        <Button icon={IconPlayerStop} kind="quiet" onClick={onStop}>
          {t("files.stop")}
        </Button>
      </div>
    </div>
  );
}

function delimiterName(delimiter: string): string {
  return { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" }[delimiter] ?? "comma";
}

/** A size as people write it, in steps of 1,000. */
function sizeText(bytes: number, number: (value: number, options?: { digits?: number }) => string): string {
  if (bytes >= 1e9) return `${number(bytes / 1e9, { digits: 1 })} GB`;
  if (bytes >= 1e6) return `${number(bytes / 1e6, { digits: 1 })} MB`;
  return `${number(Math.max(1, Math.round(bytes / 1e3)))} kB`;
}
