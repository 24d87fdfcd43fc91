/** Agents that sign, a chain that says what it is told, and nodes that hear each other. */
import type { Address, Hex, Statement, StatementContext } from "@assay/protocol";
import { statementTypedData } from "@assay/protocol";
import type { SignedStatement } from "@assay/sdk";
import { id, TypedDataEncoder, Wallet } from "ethers";
import type { AgentPeer } from "../node/exchange.ts";
import type { Gossip, GossipValidator, GossipVerdict } from "../node/gossip.ts";
import { statementCodec, type StatementMessage, toMessage } from "../statements/message.ts";
import type { DomainRules, Standing, StandingQuery, StatementChain } from "../statements/validator.ts";

export const CONTEXT: StatementContext = { chainId: 31_337n, claims: `0x${"c1".repeat(20)}` };
const CONTENT: Hex = `0x${"c0".repeat(32)}`;
export const BOND = 36n * 10n ** 18n;
export const CLOCK = { genesis: 1_000_000, epochLength: 60 };
/** Unix seconds, some epochs after the beginning. */
export const NOW = CLOCK.genesis + 100 * CLOCK.epochLength;
export const RULES: DomainRules = { domainId: 1, outcomes: 2, minBond: BOND };

export const signer = new Wallet(id("statement signer"));
export const outsider = new Wallet(id("outsider"));

let nonces = 0n;

function statementOf(changes: Partial<Statement> = {}): Statement {
  const usual = { agentId: 7n, domainId: 1, outcome: 1, contentHash: CONTENT, bond: BOND, expiry: BigInt(NOW + 300) };
  return { ...usual, nonce: ++nonces, ...changes };
}

export function signStatement(changes: Partial<Statement> = {}, by = signer, context = CONTEXT): SignedStatement {
  const statement = statementOf(changes);
  const { domain, types, message } = statementTypedData(context, statement);
  const digest = TypedDataEncoder.hash({ ...domain }, { Statement: [...types.Statement] }, message);
  return {
    chainId: Number(context.chainId),
    claims: context.claims,
    signer: by.address as Address,
    uri: "ipfs://content",
    statement,
    signature: by.signingKey.sign(digest).serialized as Hex,
  };
}

export function messageOf(changes: Partial<Statement> = {}, by = signer): StatementMessage {
  return toMessage(CONTEXT, signStatement(changes, by));
}

export function bytesOf(changes: Partial<Statement> = {}, by = signer): Uint8Array {
  return statementCodec.encode(messageOf(changes, by));
}

/** Standings by signer and agent; all that is not set is no signer without a pledge. */
export class FakeStatementChain implements StatementChain {
  readonly clock = CLOCK;
  readonly rules = new Map([[RULES.domainId, RULES]]);
  readonly standings = new Map<string, Standing>();
  /** What was asked for. */
  readonly reads: StandingQuery[] = [];
  /** Answers from memory once it was asked. */
  caches = true;
  failure: Error | null = null;
  /** Reads wait for it. */
  gate: Promise<void> = Promise.resolve();
  readonly #known = new Set<string>();

  set(agentId: bigint, wallet: Wallet, standing: Partial<Standing> = {}): void {
    const usual = { answerableUntil: 0xffff_ffff, slashable: 100n * BOND };
    this.standings.set(keyOf({ agentId, signer: wallet.address }), { ...usual, ...standing });
  }

  async domain(domainId: number): Promise<DomainRules> {
    const rules = this.rules.get(domainId);
    if (rules === undefined) throw new Error("UNKNOWN_DOMAIN");
    return rules;
  }

  known(query: StandingQuery): Standing | null {
    return this.#known.has(keyOf(query)) ? this.#standing(query) : null;
  }

  async standing(query: StandingQuery): Promise<Standing> {
    this.reads.push(query);
    await this.gate;
    if (this.failure !== null) throw this.failure;
    if (this.caches) this.#known.add(keyOf(query));
    return this.#standing(query);
  }

  #standing(query: StandingQuery): Standing {
    return this.standings.get(keyOf(query)) ?? { answerableUntil: null, slashable: 0n };
  }
}

function keyOf({ agentId, signer: by }: Pick<StandingQuery, "agentId" | "signer">): string {
  return `${agentId} ${by.toLowerCase()}`;
}

export function peerOf(agentId: bigint): AgentPeer {
  return { peerId: `peer-${agentId}`, agentId, hpkeKey: new Uint8Array(32) };
}

/** Nodes that all hear each other. */
export class FakeGossip {
  readonly #nodes: { readonly self: AgentPeer; readonly topics: Map<string, GossipValidator> }[] = [];
  /** What became of messages, in order. */
  readonly verdicts: GossipVerdict[] = [];

  join(self: AgentPeer): Gossip {
    const topics = new Map<string, GossipValidator>();
    this.#nodes.push({ self, topics });
    return {
      subscribe: (topic, _maxSize, validator) => {
        topics.set(topic, validator);
        return () => topics.delete(topic);
      },
      publish: async (topic, message) => {
        const others = this.#nodes.filter((node) => node.self !== self);
        const hearing = others.flatMap((node) => node.topics.get(topic) ?? []);
        for (const validator of hearing) this.verdicts.push(await validator(message, self));
        return hearing.length;
      },
    };
  }
}
