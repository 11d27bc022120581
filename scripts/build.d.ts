/** The files of a bundle for Node, to lie side by side in `outdir`; not yet written. */
export function bundle(
  entryPoints: string[],
  outdir: string,
): Promise<{ path: string; contents: Uint8Array }[]>;
