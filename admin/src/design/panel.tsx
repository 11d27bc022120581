import { ApiError } from "@rondell/api-client";
import type { UseQueryResult } from "@tanstack/react-query";
import { createContext, type ReactNode, useId, useState } from "react";
import { Note } from "./note.tsx";
import { ErrorState, NoAccess, Skeleton, type SkeletonShape } from "./states.tsx";

/**
 * What a panel shows in place of its figure, or, when only late, above it.
 * `tooFew` and `empty` bring their own words, since each place knows what is missing and what to do.
 */
export type PanelState =
  | { kind: "ready" }
  | { kind: "loading"; shape?: SkeletonShape; height?: number; slow?: ReactNode }
  | { kind: "empty"; content: ReactNode }
  | { kind: "tooFew"; content: ReactNode }
  | { kind: "error"; error: unknown; retry?: () => void }
  | { kind: "stale"; text: ReactNode; action?: ReactNode }
  | { kind: "noAccess"; text?: ReactNode };

/** The state that a query puts its panel in. What is empty or too few, the caller says. */
export function stateOf<T>(
  query: Pick<UseQueryResult<T>, "data" | "error" | "isPending" | "refetch">,
  options: {
    shape?: SkeletonShape;
    height?: number;
    slow?: ReactNode;
    empty?: (data: T) => ReactNode | false;
  } = {},
): PanelState {
  if (query.data !== undefined) {
    const content = options.empty?.(query.data);
    return content ? { kind: "empty", content } : { kind: "ready" };
  }
  if (query.error instanceof ApiError && query.error.status === 403) return { kind: "noAccess" };
  if (query.error) return { kind: "error", error: query.error, retry: () => void query.refetch() };
  const { shape, height, slow } = options;
  return {
    kind: "loading",
    ...(shape ? { shape } : {}),
    ...(height ? { height } : {}),
    ...(slow ? { slow } : {}),
  };
}

interface PanelProps {
  /** The small question above. */
  question: ReactNode;
  /** The answer in one plain sentence; what matters in it is bold. */
  reading?: ReactNode;
  /** Choices that concern this panel alone, at the right of the question. */
  actions?: ReactNode;
  /** The figure. */
  children?: ReactNode;
  /** How it was found, in one grey line; each part a sentence. */
  how?: ReactNode[];
  /** Tables and canvases reach from edge to edge. */
  flush?: boolean;
  state?: PanelState;
  id?: string;
  className?: string;
}

/** Where a figure inside the panel puts its own menu: at the end of the panel's head. */
export const PanelToolsContext = createContext<HTMLElement | null>(null);

/** Asks a question, answers it in a sentence, shows the figure, and says how it was found. */
export function Panel({
  question,
  reading,
  actions,
  children,
  how,
  flush,
  state,
  id,
  className = "",
}: PanelProps) {
  const heading = useId();
  const shown = state ?? { kind: "ready" };
  const isReady = shown.kind === "ready" || shown.kind === "stale";
  const [tools, setTools] = useState<HTMLElement | null>(null);
  return (
    <section
      id={id}
      className={`panel ${flush && isReady ? "flush" : ""} ${className}`.trim()}
      aria-labelledby={heading}
    >
      <header>
        <h2 id={heading}>{question}</h2>
        <div className="row tight">
          {isReady ? actions : null}
          <span className="tools" ref={setTools} />
        </div>
      </header>
      {isReady ? (
        <>
          {reading ? <p className="reading">{reading}</p> : null}
          {shown.kind === "stale" ? (
            <div className="stack s3 pad">
              <Note tone="warn" late>
                {shown.text}
              </Note>
              {shown.action ? <div className="row">{shown.action}</div> : null}
            </div>
          ) : null}
          <PanelToolsContext value={tools}>{children}</PanelToolsContext>
          {how && how.length > 0 ? (
            <div className="how">
              {how.map((sentence, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list of sentences has no other name.
                <span key={index}>{sentence}</span>
              ))}
            </div>
          ) : null}
        </>
      ) : (
        <PanelStateContent state={shown} />
      )}
    </section>
  );
}

function PanelStateContent({ state }: { state: Exclude<PanelState, { kind: "ready" | "stale" }> }) {
  switch (state.kind) {
    case "loading": {
      const { kind: _, ...skeleton } = state;
      return <Skeleton {...skeleton} />;
    }
    case "error":
      return <ErrorState error={state.error} {...(state.retry ? { retry: state.retry } : {})} />;
    case "noAccess":
      return <NoAccess>{state.text}</NoAccess>;
    default:
      return state.content;
  }
}
