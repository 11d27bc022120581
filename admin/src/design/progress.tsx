import type { ReactNode } from "react";
import { useFormats } from "../i18n/hooks.ts";

/** How far a long task is. Shares are of the whole, in [0, 1]; what was refused is hatched red. */
export function Progress({ done, refused = 0, label }: { done: number; refused?: number; label: string }) {
  const f = useFormats();
  const share = Math.min(1, Math.max(0, done));
  const bad = Math.min(1 - share, Math.max(0, refused));
  return (
    <div
      className="prog2"
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round((share + bad) * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={f.percent(share + bad, { digits: 0 })}
    >
      <i style={{ width: `${share * 100}%` }} />
      {bad > 0 ? <i className="rej" style={{ left: `${share * 100}%`, width: `${bad * 100}%` }} /> : null}
    </div>
  );
}

export interface Step {
  id: string;
  label: ReactNode;
}

/** Where one stands in a short sequence of pages: done, here, to come. */
export function Stepper({ steps, current, label }: { steps: Step[]; current: string; label: string }) {
  const at = steps.findIndex((step) => step.id === current);
  return (
    <ol className="stepper" aria-label={label}>
      {steps.map((step, index) => (
        <li
          key={step.id}
          className={index < at ? "done" : index === at ? "here" : undefined}
          aria-current={index === at ? "step" : undefined}
        >
          <i aria-hidden="true">{index + 1}</i>
          <span>{step.label}</span>
        </li>
      ))}
    </ol>
  );
}

/** A share of a whole as a thin bar under its number. */
export function Meter({ share, label }: { share: number; label: string }) {
  return (
    <span className="meter" role="img" aria-label={label}>
      <i style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
    </span>
  );
}
