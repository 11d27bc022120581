import { ApiError } from "@rondell/api-client";
import { Note } from "../../design/note.tsx";
import { useRefusalText } from "../../i18n/refusal.ts";
import type { FilePreview } from "./queries.ts";

/** What is wrong with a file, and what to do about it. */
export function ProblemText({ problem }: { problem: NonNullable<FilePreview["problem"]> }) {
  const words = useRefusalText();
  const error = new ApiError(problem.code, problem.message, 400, { details: problem.details });
  return <Note tone="bad">{words(error) ?? problem.message}</Note>;
}
