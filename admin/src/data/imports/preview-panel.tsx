import { Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Stack } from "../../design/page.tsx";
import { Panel } from "../../design/panel.tsx";
import type { FilePreview } from "./queries.ts";

/** The first 20 lines of a file as they are, with what each column looks like. */
export function PreviewPanel({ files }: { files: FilePreview[] }) {
  const { t } = useTranslation("imports");
  const readable = files.filter((file) => !file.problem);
  const [chosen, setChosen] = useState<string>();
  const file = readable.find((one) => one.fileId === chosen) ?? readable[0];
  if (!file) return null;
  return (
    <Panel
      question={t("preview.question")}
      how={[
        t("preview.how", { count: file.rows.length }),
        ...(file.bom ? [t("preview.bom")] : []),
        ...(file.encoding === "windows-1252" ? [t("preview.converted")] : []),
      ]}
    >
      <Stack gap="parts">
        {readable.length > 1 ? (
          <Select
            label={t("preview.file")}
            allowDeselect={false}
            value={file.fileId}
            onChange={(value) => setChosen(value ?? undefined)}
            data={readable.map((one) => ({ value: one.fileId, label: one.name }))}
          />
        ) : null}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
        <section className="firstlines" aria-label={t("preview.of", { name: file.name })} tabIndex={0}>
          <table className="tbl">
            <thead>
              <tr>
                {file.columns.map((column) => (
                  <th key={column.name} scope="col">
                    {column.name}
                    <br />
                    <span className="xs dim">{kindText(column, t)}</span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {file.rows.map((row, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines of a file have no other name than their place.
                <tr key={at}>
                  {file.columns.map((column, place) => (
                    <td key={column.name}>{row[place] ?? ""}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </Stack>
    </Panel>
  );
}

function kindText(column: FilePreview["columns"][number], t: (key: string) => string): string {
  return column.type === "date" && column.dates ? t(`dates.${column.dates}`) : t(`type.${column.type}`);
}
