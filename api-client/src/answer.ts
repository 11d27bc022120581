/** What every refusal of the server looks like. `code` is stable; `message` tells a person what to do. */
export interface ApiErrorBody {
  error: { code: string; message: string };
}

/** A request that was refused or could not be made. `status` is 0 when the server was not reached. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
  }

  /** No answer at all: offline, a proxy in between, or the server is down. */
  static unreachable(cause: unknown): ApiError {
    return new ApiError("network.unreachable", "The server did not answer.", 0, { cause });
  }

  /** Reads the server's error body; anything else becomes `http.<status>`. */
  static of(body: unknown, response: Response): ApiError {
    if (isErrorBody(body)) return new ApiError(body.error.code, body.error.message, response.status);
    // better-auth answers `{ code, message }` without the wrapper.
    if (isPlainError(body)) return new ApiError(body.code, body.message, response.status);
    return new ApiError(
      `http.${response.status}`,
      response.statusText || "The request failed.",
      response.status,
    );
  }
}

function isErrorBody(body: unknown): body is ApiErrorBody {
  return typeof body === "object" && body !== null && "error" in body && isPlainError(body.error);
}

function isPlainError(value: unknown): value is { code: string; message: string } {
  if (typeof value !== "object" || value === null) return false;
  return (
    "code" in value &&
    typeof value.code === "string" &&
    "message" in value &&
    typeof value.message === "string"
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

/** The parsed JSON body of a plain response (null when empty), or an `ApiError` thrown. */
export async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  let body: unknown = null;
  if (text) {
    try {
      body = JSON.parse(text);
    } catch {
      body = null;
    }
  }
  if (!response.ok) throw ApiError.of(body, response);
  return body;
}
