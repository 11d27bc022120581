import { type ReactNode, useEffect } from "react";
import { usePlace } from "./place.tsx";

interface PageProps {
  title: string;
  /** The page's own reading: what is so, in one or two sentences. */
  reading?: ReactNode;
  /** At the right of the title; at most one of them is `main`. */
  actions?: ReactNode;
  /** Beside the title: a chip with the state of the thing shown. */
  mark?: ReactNode;
  children?: ReactNode;
}

/** A page inside the frame: title and reading at the left, actions at the right, then the panels. */
export function Page({ title, reading, actions, mark, children }: PageProps) {
  const place = usePlace();
  useEffect(() => {
    place.setTitle(title);
    document.title = [title, place.brand, "Rondell"].filter(Boolean).join(" · ");
  }, [title, place.setTitle, place.brand]);
  return (
    <>
      <div className="head">
        <div>
          <div className="row">
            <h1>{title}</h1>
            {mark}
          </div>
          {reading ? <p className="say">{reading}</p> : null}
        </div>
        {actions ? <div className="row actions">{actions}</div> : null}
      </div>
      {children}
    </>
  );
}

/** Panels side by side; the narrower the page, the fewer columns. */
export function Grid({
  columns,
  children,
  className = "",
}: {
  columns: "2" | "3" | "4" | "2:1" | "1:2" | "3:2";
  children: ReactNode;
  className?: string;
}) {
  return <div className={`grid g${columns.replace(":", "")} ${className}`.trim()}>{children}</div>;
}

/** Things under one another: panels by default, parts of a panel with `gap="small"`. */
export function Stack({
  gap = "panels",
  children,
}: {
  gap?: "small" | "parts" | "panels";
  children: ReactNode;
}) {
  const size = gap === "small" ? "" : gap === "parts" ? "s3" : "s4";
  return <div className={`stack ${size}`.trim()}>{children}</div>;
}

/** Up to four facts in one frame, each a question with its number and a line below. */
export function Strip({ children, label }: { children: ReactNode; label?: string }) {
  return (
    <section className="strip" aria-label={label}>
      {children}
    </section>
  );
}

/** One fact of a strip. */
export function Fact({ question, children }: { question: ReactNode; children: ReactNode }) {
  return (
    <div>
      <span className="q">{question}</span>
      {children}
    </div>
  );
}
