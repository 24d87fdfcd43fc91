import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type {
  CallToolResult,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from "@modelcontextprotocol/sdk/types.js";
import { AssayError, ContractError, toAssayError } from "@assay/sdk";
import type * as z from "zod/v4";
import { explain } from "../lib/errors.ts";
import { toJson } from "../lib/io.ts";

/** What is known of one call. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** What a tool found or did. */
export interface Answer {
  /** Lines for people, and for models that read no JSON. */
  readonly lines: readonly string[];
  /** The same for machines, as the output schema has it; bigints become decimal strings. */
  readonly data: object;
}

/** A tool's name, and what a model is told of it. */
export interface ToolDescription<Input extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: z.ZodObject;
  readonly annotations: ToolAnnotations;
}

/** Of tools that read. */
export const READS: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
};

/** Of tools that spend or bind: what they do cannot be undone, and the same again costs again. */
export const SPENDS: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

/** What to do about errors that do not say so themselves, by their codes. */
const HINTS: Readonly<Record<string, string>> = {
  BAD_INPUT: "correct the arguments, then call again",
  NOT_CONFIRMED: "do not call again unless the user asks for it",
  OVER_LIMIT: "only the user can raise the limits, by starting the server with others",
  INSUFFICIENT_TOKENS: "tell the user which account needs tokens",
  INSUFFICIENT_ETHER: "tell the user which account needs ether for gas",
  NO_PASSPHRASE: "the user must start the server with the key's passphrase",
  WRONG_PASSPHRASE: "the user must start the server with the right passphrase",
  NODE_UNREACHABLE: "wait; before sending again, look whether the first transaction was mined",
  TRANSACTION_DROPPED: "look what the account has sent before sending again",
};

/** Adds a tool to a server. What its act throws becomes a result that says so, without a stack. */
export function addTool<Input extends z.ZodObject>(
  server: McpServer,
  { name, title, description, input, output, annotations }: ToolDescription<Input>,
  act: (args: z.output<Input>, extra: Extra) => Promise<Answer>,
): void {
  const config = { title, description, inputSchema: input, outputSchema: output, annotations };
  server.registerTool<z.ZodObject, z.ZodObject>(name, config, async (args, extra) => {
    try {
      const { lines, data } = await act(args as z.output<Input>, extra);
      const structuredContent = JSON.parse(toJson(data)) as Record<string, unknown>;
      return { content: [{ type: "text", text: lines.join("\n") }], structuredContent };
    } catch (error) {
      return toErrorResult(error);
    }
  });
}

function toErrorResult(thrown: unknown): CallToolResult {
  const error = toAssayError(thrown);
  const { code, message } = explain(error);
  const hint = error instanceof ContractError ? error.hint : HINTS[code];
  const retryable = error instanceof AssayError && error.retryable;
  const lines = [
    `error ${code}: ${message}`,
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ...(retryable ? ["the same call may succeed later"] : []),
  ];
  return { isError: true, content: [{ type: "text", text: lines.join("\n") }] };
}
