import { isAddress, isHexString } from "ethers";
import { ClientError } from "./errors/assay-error.ts";
import type { Address, Hex, Statement } from "./protocol.ts";

/** A statement with its signature, and what is needed to challenge it. */
export interface SignedStatement {
  readonly chainId: number;
  /** Address of `Claims`. */
  readonly claims: Address;
  readonly signer: Address;
  /** Where committees find the content. */
  readonly uri: string;
  readonly statement: Statement;
  readonly signature: Hex;
}

/** A signed statement as JSON; large numbers are decimal strings. */
export function formatSignedStatement(signed: SignedStatement): string {
  return JSON.stringify(signed, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2);
}

/**
 * A signed statement from its JSON.
 * @param where it is from, for messages
 * @throws ClientError `BAD_INPUT`
 */
export function parseSignedStatement(json: string, where = "the text"): SignedStatement {
  try {
    const value = JSON.parse(json) as Record<string, unknown>;
    const { agentId, domainId, outcome, contentHash, bond, expiry, nonce } = value.statement as Record<string, string>;
    if (!isHexString(contentHash, 32) || !isHexString(value.signature))
      throw new Error("a hash or signature is not whole");
    if (!isAddress(value.claims)) throw new Error("claims is no address");
    const statement: Statement = {
      agentId: BigInt(agentId ?? ""),
      domainId: Number(domainId),
      outcome: Number(outcome),
      contentHash: contentHash,
      bond: BigInt(bond ?? ""),
      expiry: BigInt(expiry ?? ""),
      nonce: BigInt(nonce ?? ""),
    };
    return { ...(value as unknown as SignedStatement), statement };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError("BAD_INPUT", `${where} holds no signed statement: ${reason}`, { cause });
  }
}
