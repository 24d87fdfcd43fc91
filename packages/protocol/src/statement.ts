import { bytesWord, hashWords, uintWord } from "./hex.ts";
import type { Address, Hex } from "./hex.ts";
import { type AssayDomain, assayDomain, digestOf, separatorOf, structTypehash } from "./typed-data.ts";

/** What an agent signs off chain and can be challenged for until it expires. */
export interface Statement {
  readonly agentId: bigint;
  /** 32 bits. */
  readonly domainId: number;
  readonly outcome: number;
  /** 32 bytes. */
  readonly contentHash: Hex;
  /** Stake behind the statement, wei. */
  readonly bond: bigint;
  /** Unix seconds, 64 bits. */
  readonly expiry: bigint;
  readonly nonce: bigint;
}

/** Where a statement is valid. */
export interface StatementContext {
  readonly chainId: bigint | number;
  /** Address of `Claims`. */
  readonly claims: Address;
}

/** EIP-712 types, in the form that ethers and viem take. */
export const STATEMENT_TYPES = {
  Statement: [
    { name: "agentId", type: "uint256" },
    { name: "domainId", type: "uint32" },
    { name: "outcome", type: "uint8" },
    { name: "contentHash", type: "bytes32" },
    { name: "bond", type: "uint256" },
    { name: "expiry", type: "uint64" },
    { name: "nonce", type: "uint256" },
  ],
} as const;

/** EIP-712 type hash of a statement. */
export const STATEMENT_TYPEHASH: Hex = structTypehash("Statement", STATEMENT_TYPES.Statement);

/** EIP-712 domain of a deployment's statements. */
export function statementDomain(context: StatementContext): AssayDomain {
  return assayDomain(context.chainId, context.claims);
}

/**
 * Typed data for a wallet: `signTypedData(domain, types, message)` of ethers, `signTypedData(typedData)` of viem.
 * @example
 * const { domain, types, message } = statementTypedData({ chainId: 1, claims }, statement);
 */
export function statementTypedData(
  context: StatementContext,
  statement: Statement,
): {
  readonly domain: AssayDomain;
  readonly types: typeof STATEMENT_TYPES;
  readonly primaryType: "Statement";
  readonly message: Statement;
} {
  return { domain: statementDomain(context), types: STATEMENT_TYPES, primaryType: "Statement", message: statement };
}

/** EIP-712 struct hash, by which the contract knows a statement. @throws ProtocolError `OutOfRange`, `MalformedHex` */
export function statementHash(statement: Statement): Hex {
  return hashWords(
    bytesWord(STATEMENT_TYPEHASH),
    uintWord(statement.agentId),
    uintWord(statement.domainId, 32),
    uintWord(statement.outcome, 8),
    bytesWord(statement.contentHash),
    uintWord(statement.bond),
    uintWord(statement.expiry, 64),
    uintWord(statement.nonce),
  );
}

/** EIP-712 domain separator. @throws ProtocolError `OutOfRange`, `MalformedHex` */
export function domainSeparator(context: StatementContext): Hex {
  return separatorOf(statementDomain(context));
}

/** Digest that is signed. @throws ProtocolError `OutOfRange`, `MalformedHex` */
export function statementDigest(context: StatementContext, statement: Statement): Hex {
  return digestOf(statementDomain(context), statementHash(statement));
}
