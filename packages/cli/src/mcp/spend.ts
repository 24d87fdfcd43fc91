import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { CliError, messageOf } from "../lib/errors.ts";
import { type Consent, type Plan, Sender } from "../lib/sender.ts";
import type { Session } from "../lib/session.ts";
import type { Budget } from "./spending.ts";
import type { Answer, Extra } from "./tool.ts";

/** What spends for the clients of a server. */
export interface Spending {
  /** Sends and signs within the budget. */
  readonly session: Session;
  /** How the user calls the account. */
  readonly from: string;
  readonly budget: Budget;
  /** Whether clients that cannot ask their users may spend. */
  readonly yes: boolean;
}

/** What a call is about to bind the account or an agent to. */
interface Undertaking extends Plan {
  /** What an agent's pledge will answer for, wei: counts as spent. */
  readonly liability?: bigint;
}

/** A session of one call, and who agrees to what it does. */
export interface SpendingCall {
  readonly session: Session;
  /** @throws CliError `NOT_CONFIRMED`, `OVER_LIMIT` */
  readonly agree: (plan: Undertaking, lines: readonly string[]) => Promise<void>;
}

/** How long a user may take to agree, ms. */
const CONFIRM_TIMEOUT = 300_000;

/**
 * Runs a call that spends, once it is within the limits and the user has agreed.
 * @param about what the user should see besides the costs: what is asked, asserted or said
 * @throws CliError `NOT_CONFIRMED`, `OVER_LIMIT`, with nothing sent; otherwise as what is done
 */
export async function spend(
  server: McpServer,
  { session, from, budget, yes }: Spending,
  extra: Extra,
  about: readonly string[],
  work: (call: SpendingCall) => Promise<Answer>,
): Promise<Answer> {
  const { endpoint } = session;
  const agree = async (plan: Undertaking, lines: readonly string[]) => {
    budget.reserve((plan.cost ?? 0n) + (plan.liability ?? 0n));
    if (typeof plan.gas === "bigint") {
      const { maxFeePerGas, gasPrice } = await endpoint.provider.getFeeData();
      budget.requireFees(plan.gas * (maxFeePerGas ?? gasPrice ?? 0n));
    }
    await askUser(server, extra, [...lines, ...about.map((line) => `  about ${line}`)].join("\n"), yes);
    if (extra.signal.aborted) throw new CliError("NOT_CONFIRMED", "the call was cancelled: nothing was sent");
  };
  const consent: Consent = agree;
  const sender = new Sender(session, from, consent);
  const answer = await budget.run(
    async () => work({ session: { ...session, sender }, agree }),
    () => sender.sent,
  );
  const cost = sender.summary();
  const data = { ...answer.data, transactions: sender.sent, left: budget.left };
  return { lines: [...answer.lines, ...(cost === null ? [] : [`cost: ${cost}`])], data };
}

/** Has the client ask its user. @throws CliError `NOT_CONFIRMED` unless the answer is yes */
async function askUser({ server }: McpServer, extra: Extra, message: string, yes: boolean): Promise<void> {
  if (server.getClientCapabilities()?.elicitation?.form === undefined) {
    if (yes) return;
    const what = "this client cannot ask its user (it has no elicitation), and the server was started without --yes";
    throw new CliError("NOT_CONFIRMED", `${what}: nothing was sent`);
  }
  // Along with the call, so that it reaches clients that keep no stream of their own open.
  const options = { relatedRequestId: extra.requestId, signal: extra.signal, timeout: CONFIRM_TIMEOUT };
  const confirm = { type: "boolean" as const, title: "Do it", description: "It cannot be undone", default: false };
  const requestedSchema = { type: "object" as const, properties: { confirm }, required: ["confirm"] };
  const answer = await server
    .elicitInput({ mode: "form", message, requestedSchema }, options)
    .catch((cause: unknown) => {
      throw new CliError("NOT_CONFIRMED", `the user was not reached (${messageOf(cause)}): nothing was sent`, {
        cause,
      });
    });
  if (answer.action === "accept" && answer.content?.confirm === true) return;
  const said = { accept: "said no", decline: "declined", cancel: "cancelled" }[answer.action];
  throw new CliError("NOT_CONFIRMED", `the user ${said}: nothing was sent`);
}
