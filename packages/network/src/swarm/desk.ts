import type { Hex, Statement } from "@assay/protocol";
import type { SignedStatement } from "@assay/sdk";
import { toBigInt } from "ethers";
import { NetworkError } from "../errors.ts";

/** What an agent has stated itself, on disk. */
export interface OwnStatements {
  /** Those about a content that have not expired. @param now unix seconds */
  about(domainId: number, contentHash: Hex, now: number): readonly SignedStatement[];
  /** Sum of the bonds of all that have not expired, wei. @param now unix seconds */
  openBonds(now: number): bigint;
  /**
   * Returns once it survives a crash.
   * @param secret whether it is nobody's business but the asker's
   * @throws NetworkError `STORE_UNWRITABLE`
   */
  keep(signed: SignedStatement, secret: boolean): void;
}

/** What the chain says of what an agent may state. */
export interface DeskChain {
  /** The least bond of a domain's statements, wei. */
  minBond(domainId: number): Promise<bigint>;
  /** Pledge that certainly answers for statements until then (unix seconds), wei. */
  slashable(agentId: bigint, domainId: number, until: bigint): Promise<bigint>;
  /** Signs with a key that is a statement signer of the agent. */
  sign(statement: Statement, uri: string): Promise<SignedStatement>;
}

/** How much an agent may answer for. */
export interface DeskPolicy {
  /** Most of one statement, wei. */
  readonly maxBond: bigint;
  /** Most of all live statements together, wei; the pledge is a limit of its own. */
  readonly maxOpen: bigint;
  /** Longest that a statement can be challenged for, seconds. */
  readonly maxValidFor: number;
}

/** What a desk is made of. */
export interface DeskOptions {
  readonly agentId: bigint;
  readonly chain: DeskChain;
  readonly own: OwnStatements;
  readonly policy: DeskPolicy;
  /** Unix seconds, of the chain. */
  readonly now: () => number;
  /** So many random bytes. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** What is to be stated. */
export interface Stating {
  readonly domainId: number;
  readonly contentHash: Hex;
  readonly outcome: number;
  /** Wanted, wei. */
  readonly bond: bigint;
  /** Wanted, seconds. */
  readonly validFor: number;
  /** Where committees find the content. */
  readonly uri: string;
  /** Whether it is for the asker alone. */
  readonly secret?: boolean;
}

/** A statement made before is handed out again while this part of the wanted time is left. */
const FRESH = 0.5;

/**
 * Signs what an agent says. Never for more than its pledge and its policy cover, and never two outcomes of one content: either would
 * let anybody who holds both statements win a challenge.
 */
export class StatementDesk {
  readonly #options: DeskOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /**
   * The statement, new or from before; on disk before it is returned.
   * @throws NetworkError `REFUSED` where it has stated otherwise; `OVERCOMMITTED` where too little answers for it; `STORE_UNWRITABLE`
   */
  state(stating: Stating): Promise<SignedStatement> {
    // One after another: two at once would both count on the same pledge.
    const signed = this.#last.catch(() => undefined).then(() => this.#state(stating));
    this.#last = signed;
    return signed;
  }

  async #state({ domainId, contentHash, outcome, uri, secret = false, ...wanted }: Stating): Promise<SignedStatement> {
    const { agentId, chain, own, policy, now, randomBytes } = this.#options;
    const time = now();
    const said = own.about(domainId, contentHash, time);
    const other = said.find(({ statement }) => statement.outcome !== outcome);
    if (other !== undefined) {
      const { outcome: before, expiry } = other.statement;
      const until = new Date(Number(expiry) * 1000).toISOString();
      throw new NetworkError(
        "REFUSED",
        `it has stated outcome ${before} of ${contentHash}, which holds until ${until}`,
      );
    }
    const least = await chain.minBond(domainId);
    const bond = wanted.bond < least ? least : wanted.bond;
    if (bond > policy.maxBond) {
      throw new NetworkError("OVERCOMMITTED", `it answers for ${policy.maxBond} wei at most, not for ${bond}`);
    }
    const validFor = Math.min(wanted.validFor, policy.maxValidFor);
    const again = said.find(
      ({ statement }) => statement.bond >= bond && Number(statement.expiry) - time >= validFor * FRESH,
    );
    if (again !== undefined) return again;
    const expiry = BigInt(time + validFor);
    const open = own.openBonds(time);
    const pledged = await chain.slashable(agentId, domainId, expiry);
    const most = pledged < policy.maxOpen ? pledged : policy.maxOpen;
    if (open + bond > most) {
      throw new NetworkError(
        "OVERCOMMITTED",
        `${open} of ${most} wei answer for other statements: ${bond} more do not fit`,
      );
    }
    const nonce = toBigInt(randomBytes(16));
    const signed = await chain.sign({ agentId, domainId, outcome, contentHash, bond, expiry, nonce }, uri);
    own.keep(signed, secret);
    return signed;
  }
}
