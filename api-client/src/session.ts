import { ApiError, answerOf } from "./answer.ts";

/*
 * Signing in and out goes to better-auth, which the OpenAPI document does not describe.
 */

async function post(url: string, body: unknown): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      credentials: "include",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch (cause) {
    throw ApiError.unreachable(cause);
  }
  await answerOf(response);
}

/** Opens a session in a cookie. Refused: wrong e-mail or password (status 401), too many tries (429). */
export function signIn(baseUrl: string, credentials: { email: string; password: string }): Promise<void> {
  return post(`${baseUrl}/api/auth/sign-in/email`, credentials);
}

/** Ends the session of this browser. */
export function signOut(baseUrl: string): Promise<void> {
  return post(`${baseUrl}/api/auth/sign-out`, {});
}
