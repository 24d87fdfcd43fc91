import type { Address, Hex, Statement, StatementContext } from "@assay/protocol";
import type { SignedStatement } from "@assay/sdk";
import { getAddress } from "ethers";
import * as v from "valibot";
import { NetworkError } from "../errors.ts";
import { type Codec, createCodec } from "../wire/codec.ts";
import { hexField, hexWire, smallField, textField, uintField, uintWire } from "../wire/fields.ts";

/** A signed statement, as it goes from node to node. Chain and deployment are those of its topic. */
export interface StatementMessage {
  readonly statement: Statement;
  /** Who signed, in lower case: whoever changes anything on the way is found out by it. */
  readonly signer: Address;
  /** 65 bytes. */
  readonly signature: Hex;
  /** Where the content is, or empty. Nobody has signed it: a hint. */
  readonly uri: string;
  /** Why, in a few words, or empty. Nobody has signed it. */
  readonly evidence: string;
}

/** Most UTF-16 units of a URI. */
export const MAX_URI = 256;
/** Most UTF-16 units of the evidence. */
export const MAX_EVIDENCE = 1_024;

/** Reads and writes statements as they are gossiped, handed over and stored. */
export const statementCodec: Codec<StatementMessage> = createCodec({
  name: "statement",
  maxSize: 4_096,
  schema: v.pipe(
    v.strictTuple([
      uintField(256),
      smallField(0xffff_ffff),
      smallField(0xff),
      hexField(32),
      uintField(256),
      uintField(64),
      uintField(256),
      hexField(20),
      hexField(65),
      textField(MAX_URI),
      textField(MAX_EVIDENCE),
    ]),
    v.transform(
      ([
        agentId,
        domainId,
        outcome,
        contentHash,
        bond,
        expiry,
        nonce,
        signer,
        signature,
        uri,
        evidence,
      ]): StatementMessage => ({
        statement: { agentId, domainId, outcome, contentHash, bond, expiry, nonce },
        signer,
        signature,
        uri,
        evidence,
      }),
    ),
  ),
  toWire: ({ statement: s, signer, signature, uri, evidence }) => [
    uintWire(s.agentId),
    s.domainId,
    s.outcome,
    hexWire(s.contentHash),
    uintWire(s.bond),
    uintWire(s.expiry),
    uintWire(s.nonce),
    hexWire(signer),
    hexWire(signature),
    uri,
    evidence,
  ],
});

/** Topic of a domain's statements in one deployment. */
export function statementTopic({ chainId, claims }: StatementContext, domainId: number): string {
  return `/assay/${chainId}/${claims.toLowerCase()}/statements/${domainId}/1`;
}

/**
 * A signed statement as a message.
 * @throws NetworkError `OTHER_NETWORK` if it is of another chain or deployment
 */
export function toMessage(context: StatementContext, signed: SignedStatement, evidence = ""): StatementMessage {
  const { chainId, claims, statement, signature, signer, uri } = signed;
  if (BigInt(chainId) !== BigInt(context.chainId) || claims.toLowerCase() !== context.claims.toLowerCase()) {
    const message = `the statement is of ${claims} on chain ${chainId}, not of ${context.claims} on chain ${context.chainId}`;
    throw new NetworkError("OTHER_NETWORK", message);
  }
  return { statement, signer: signer.toLowerCase() as Address, signature, uri, evidence };
}

/** A message in the form that the SDK challenges, and that is kept in files. */
export function toSignedStatement(
  { chainId, claims }: StatementContext,
  { statement, signer, signature, uri }: StatementMessage,
): SignedStatement {
  return { chainId: Number(chainId), claims, signer: getAddress(signer) as Address, uri, statement, signature };
}
