import { IconDownload } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Icon } from "../design/button.tsx";
import { fileAddress } from "./api.ts";

/** Takes a file of the server: all of a list, not only the page shown. */
export function ExportLink({
  path,
  query,
  children,
}: {
  path: string;
  query?: Record<string, string>;
  children: ReactNode;
}) {
  return (
    <a className="btn" href={fileAddress(path, query)} download>
      <Icon of={IconDownload} />
      {children}
    </a>
  );
}
