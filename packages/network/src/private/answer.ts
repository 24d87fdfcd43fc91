import { type StatementContext, statementDigest } from "@assay/protocol";
import { hashContent } from "@assay/sdk";
import { NetworkError } from "../errors.ts";
import type { StatementMessage } from "../statements/message.ts";
import { recoverSigner } from "../statements/signature.ts";
import type { PrivateQuestion } from "./wire.ts";

/**
 * Checks that a statement is an agent's answer to a question, whatever the chain's state.
 * @param now unix seconds; null if it does not matter whether the statement has expired
 * @throws NetworkError `MALFORMED` if it is of another agent, domain or content; `EXPIRED`; `BAD_SIGNATURE`
 */
export function requireAnswer(
  context: StatementContext,
  { statement, signer, signature }: StatementMessage,
  { agentId, domainId, content }: PrivateQuestion & { readonly agentId: bigint },
  now: number | null,
): void {
  const refuse = (what: string) => {
    throw new NetworkError("MALFORMED", `the answer is a statement ${what}`);
  };
  if (statement.agentId !== agentId) refuse(`of agent ${statement.agentId}, not of ${agentId}`);
  if (statement.domainId !== domainId) refuse(`in domain ${statement.domainId}, not in ${domainId}`);
  if (statement.contentHash !== hashContent(content)) refuse("about another content");
  if (now !== null && statement.expiry <= BigInt(Math.floor(now))) {
    throw new NetworkError("EXPIRED", "the answer is a statement that has expired");
  }
  if (recoverSigner(statementDigest(context, statement), signature) === signer) return;
  throw new NetworkError("BAD_SIGNATURE", `the answer is not signed by ${signer}, for this deployment`);
}
