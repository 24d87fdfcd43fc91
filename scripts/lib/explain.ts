import { ProtocolError } from "@assay/protocol";
import { AssayError, toAssayError } from "@assay/sdk";

/** One line for any error, without a stack trace, naming what was wrong with the input where that is known. */
export function explain(error: unknown): string {
  const known = toAssayError(error);
  if (known instanceof AssayError || known instanceof ProtocolError) return firstLine(known.message);
  return deepestMessage(error);
}

/** Providers wrap what the node said in what they were doing. */
function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  const { shortMessage } = error as { shortMessage?: unknown };
  return firstLine(typeof shortMessage === "string" ? shortMessage : error.message);
}

function firstLine(text: string): string {
  return (
    text
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? "unknown error"
  );
}
