import { randomBytes } from "node:crypto";
import { type Address, type Hex, type Statement, statementTypedData } from "@assay/protocol";
import { hashContent, type SignedStatement } from "@assay/sdk";
import { Wallet } from "ethers";
import { createNodeKeys, type NodeKeys } from "../identity/keys.ts";
import type { AgentPeer } from "../node/exchange.ts";

/** A deployment that is nowhere. */
export const TEST_CONTEXT = {
  chainId: 31_337n,
  registry: `0x${"ab".repeat(20)}`,
  claims: `0x${"cd".repeat(20)}`,
} as const;

/** An agent with keys and a wallet of its own, always the same for an id. */
export interface TestAgent {
  readonly keys: NodeKeys;
  readonly peer: AgentPeer;
  readonly wallet: Wallet;
  /** A statement of the agent about a content. */
  sign(content: Uint8Array, changes?: Partial<Statement>, context?: TestContext): Promise<SignedStatement>;
}

/** Where statements are signed for. */
interface TestContext {
  readonly chainId: bigint;
  readonly claims: Address;
}

/** @param generation of its keys: another one for keys that were rotated */
export async function testAgent(id: number, generation = 0): Promise<TestAgent> {
  const keys = await createNodeKeys(new Uint8Array(32).fill(id).fill(generation, 0, 1));
  const wallet = new Wallet(`0x${id.toString(16).padStart(64, "0")}`);
  const sign: TestAgent["sign"] = async (content, changes = {}, context = TEST_CONTEXT) => {
    const statement: Statement = {
      ...{ agentId: BigInt(id), domainId: 1, outcome: 1, contentHash: hashContent(content) },
      ...{ bond: 10n ** 18n, expiry: 2n ** 40n, nonce: BigInt(`0x${randomBytes(8).toString("hex")}`) },
      ...changes,
    };
    const { domain, types, message } = statementTypedData(context, statement);
    const signature = await wallet.signTypedData(domain, { Statement: [...types.Statement] }, message);
    const { chainId, claims } = context;
    return {
      ...{ chainId: Number(chainId), claims, signer: wallet.address as Address, uri: "", statement },
      signature: signature as Hex,
    };
  };
  return { keys, peer: { peerId: keys.peerId, agentId: BigInt(id), hpkeKey: keys.hpkeKey }, wallet, sign };
}
