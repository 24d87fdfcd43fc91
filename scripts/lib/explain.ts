import { AssayError, decodeRevert, describeRevert, errorInterfaces } from "@assay/agent";
import { ProtocolError } from "@assay/protocol";
import type { ErrorDescription } from "ethers";
import { findArtifacts } from "./artifacts.ts";

/** What to do about the custom errors that a user of the scripts meets first. */
const HINTS: Readonly<Record<string, string>> = {
  BallotsPending: "settle the agent's ballots first",
  BondTooSmall: "raise --bond",
  DomainBelowMinStake: "agents must allocate more stake to the domain first, or their allocations do not count yet",
  ERC20InsufficientBalance: 'get tokens first ("npm run faucet" on testnets)',
  ERC721NonexistentToken: "there is no such agent",
  FaucetNotReady: "the faucet gives once a day to an account",
  InFreeze: "try again in the next epoch",
  InsufficientFreeStake: "stake more, or wait until ballots are settled",
  NotAgentOwner: "use the account that owns the agent (--account)",
  NotAgentWallet: "use the agent's wallet (--account)",
  NotFinal: "wait for the epoch in which it is final",
  StillUnbonding: "wait for that epoch",
  UnknownDomain: "create it first, or look the number up in the domain's event",
};

/** One line for any error, without a stack trace, naming what was wrong with the input where that is known. */
export function explain(error: unknown): string {
  if (error instanceof AssayError || error instanceof ProtocolError) return firstLine(error.message);
  const revert = decodeCustomError(error);
  if (revert !== null) {
    const hint = HINTS[revert.name];
    return `the contract refused: ${describeRevert(revert)}${hint === undefined ? "" : ` - ${hint}`}`;
  }
  const text = deepestMessage(error);
  if (/insufficient funds|doesn't have enough funds|lack of funds|gas required exceeds allowance/i.test(text)) {
    return `the account has too little ether to pay for gas: ${text}`;
  }
  return text;
}

function decodeCustomError(error: unknown): ErrorDescription | null {
  const artifacts = findArtifacts();
  return artifacts === null ? null : decodeRevert(error, errorInterfaces(artifacts));
}

/** Providers wrap what the node said in what they were doing. */
function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return firstLine(String(error));
  const { code, shortMessage } = error as { code?: unknown; shortMessage?: unknown };
  if (code === "ECONNREFUSED") return "the node refuses connections: is it running?";
  if (error.cause instanceof Error && /ECONNREFUSED|ENOTFOUND|fetch failed/.test(deepestMessage(error.cause))) {
    return deepestMessage(error.cause);
  }
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
