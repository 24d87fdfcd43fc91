import { decodeRevert } from "@assay/agent";
import type { Interface } from "ethers";

/** What a call ends with where a token may not be taken: its own words, a text of older tokens, or, through SafeERC20, false. */
const OF_TOKENS = new Set(["ERC20InsufficientAllowance", "SafeERC20FailedOperation", "Error", "Panic"]);

/**
 * Whether a rehearsed call was refused for another reason than that the vault may not take the tokens yet. Tokens are taken last:
 * whatever else is wrong comes first. An error that is none of `interfaces` may be the token's own.
 */
export function isRefusedAnyway(error: unknown, interfaces: readonly Interface[]): boolean {
  const refusal = decodeRevert(error, interfaces);
  return refusal !== null && !OF_TOKENS.has(refusal.name);
}
