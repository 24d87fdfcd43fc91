import { AssayError } from "@assay/agent";
import type { Statement } from "@assay/protocol";
import { isHexString } from "ethers";
import { readFileSync } from "node:fs";

/** A signed statement as `sign-statement` prints it. */
export interface SignedStatement {
  readonly chainId: number;
  /** Address of `Claims`. */
  readonly claims: string;
  readonly signer: string;
  readonly uri: string;
  readonly statement: Statement;
  readonly signature: string;
}

/**
 * Reads a signed statement from a file, or from standard input if the path is `-`.
 * @throws AssayError `BadInput`
 */
export function readSignedStatement(path: string): SignedStatement {
  try {
    const value = JSON.parse(readFileSync(path === "-" ? 0 : path, "utf8")) as Record<string, unknown>;
    const { agentId, domainId, outcome, contentHash, bond, expiry, nonce } = value.statement as Record<string, string>;
    if (!isHexString(contentHash, 32) || !isHexString(value.signature, 65))
      throw new Error("a hash or signature is not whole");
    const statement: Statement = {
      agentId: BigInt(agentId ?? ""),
      domainId: Number(domainId),
      outcome: Number(outcome),
      contentHash,
      bond: BigInt(bond ?? ""),
      expiry: BigInt(expiry ?? ""),
      nonce: BigInt(nonce ?? ""),
    };
    return { ...(value as unknown as SignedStatement), statement };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AssayError("BadInput", `${path} holds no signed statement: ${reason}`, { cause });
  }
}
