/** What every refusal of the server looks like. `code` is stable; `message` tells a person what to do. */
export interface ApiErrorBody {
  error: { code: string; message: string; details?: Record<string, unknown> };
}

/** A request that was refused or could not be made. `status` is 0 when the server was not reached. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  /** Values of the sentence, where the code has some: a line, a name, a limit. */
  readonly details: Record<string, unknown>;

  constructor(
    code: string,
    message: string,
    status: number,
    more: { details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, "cause" in more ? { cause: more.cause } : undefined);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.details = more.details ?? {};
  }

  /** No answer at all: offline, a proxy in between, or the server is down. */
  static unreachable(cause: unknown): ApiError {
    return new ApiError("network.unreachable", "The server did not answer.", 0, { cause });
  }

  /** Reads the server's error body; anything else becomes `http.<status>`. */
  static of(body: unknown, response: Response): ApiError {
    if (isErrorBody(body)) {
      const { code, message, details } = body.error;
      return new ApiError(code, message, response.status, details ? { details } : {});
    }
    return new ApiError(
      `http.${response.status}`,
      response.statusText || "The request failed.",
      response.status,
    );
  }
}

function isErrorBody(body: unknown): body is ApiErrorBody {
  if (typeof body !== "object" || body === null || !("error" in body)) return false;
  const { error } = body;
  if (typeof error !== "object" || error === null) return false;
  return (
    "code" in error &&
    typeof error.code === "string" &&
    "message" in error &&
    typeof error.message === "string"
  );
}

interface FetchAnswer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * The data of an answer, or an `ApiError` thrown.
 *
 * `const page = await call(api.GET("/api/customers", { params: { query }, signal }))`
 */
export async function call<T>(pending: Promise<FetchAnswer<T>>): Promise<T> {
  let answer: FetchAnswer<T>;
  try {
    answer = await pending;
  } catch (cause) {
    // An aborted request is nobody's error: the query that asked is gone.
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw ApiError.unreachable(cause);
  }
  if (!answer.response.ok) throw ApiError.of(answer.error, answer.response);
  return answer.data as T;
}

/** The parsed JSON body of a plain response (null when empty or no JSON), or an `ApiError` thrown. */
export async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  if (!response.ok) throw ApiError.of(body, response);
  return body;
}
