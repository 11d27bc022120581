/** The files of a bundle for Node with the server's threads, to lie side by side in `outdir`; not yet written. */
export function bundle(
  entryPoints: string[],
  outdir: string,
): Promise<{ path: string; contents: Uint8Array }[]>;

/** Builds what is missing or out of date. */
export function build(ask?: {
  only?: string[];
  force?: boolean;
  quiet?: boolean;
  /** Each by a process of its own. */
  apart?: boolean;
}): Promise<void>;
