/** Why a verb said no; the table below turns it into an HTTP status. */
export type RefusalKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "missing"
  | "conflict"
  | "too_large"
  | "too_many"
  | "busy";

export const statusOfRefusal: Record<RefusalKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  too_large: 413,
  too_many: 429,
  busy: 503,
};

/** An expected no. `code` is public API and never renamed; `message` tells a person what to do. */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly code: string;
  readonly details?: Record<string, unknown>;

  constructor(kind: RefusalKind, code: string, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = "Refusal";
    this.kind = kind;
    this.code = code;
    this.details = details;
  }
}

/** Throws a Refusal; anything else thrown is a bug. */
export function refuse(
  kind: RefusalKind,
  code: string,
  message: string,
  details?: Record<string, unknown>,
): never {
  throw new Refusal(kind, code, message, details);
}
