import type { ComponentType } from "react";
import { NoAccess } from "../design/states.tsx";
import { type Right, useMay } from "./session.tsx";

/** The page, for those who may see it; for all others, the sentence that says so. */
export function Guarded({ right, page: Page }: { right: Right; page: ComponentType }) {
  const may = useMay();
  if (may(right)) return <Page />;
  return (
    <section className="panel">
      <NoAccess />
    </section>
  );
}
