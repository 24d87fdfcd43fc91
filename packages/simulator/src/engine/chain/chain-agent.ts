import {
  type Address,
  allocationAt,
  ballotCommitment,
  type Beat as ProtocolBeat,
  createSecretChain,
  decodeReceipts,
  encodeBallot,
  type Evidence,
  firstTipEpoch,
  type Hex,
  latestAllocation,
  MAX_ALLOCATION,
  MAX_VOTES,
  NO_ALLOCATION,
  PRIOR,
  type Receipt,
  RECEIPT_RING,
  type SecretChain,
  settleVote,
  type Snapshots,
  type Terms,
  updateEvidence,
  type Vote,
  writeAllocation,
  ZERO_HASH,
} from "@assay/protocol";
import { UNIT } from "../domain.ts";
import type { AgentIndex } from "../engine.ts";
import { agentIdOf, CHAIN_LENGTH } from "../ids.ts";
import type { Rules } from "../rules.ts";

/** A ballot committed and not revealed. */
interface OpenBallot {
  readonly epoch: number;
  readonly ballot: Hex;
  readonly exposure: bigint;
  readonly backing: bigint;
}

/** A ballot revealed and not settled in full. */
interface KeptBallot {
  readonly epoch: number;
  readonly encoded: Hex;
  readonly receipts: readonly Receipt[];
}

/** What settling a ballot comes to now. */
interface Settlement {
  readonly kept: KeptBallot;
  readonly gain: bigint;
  readonly loss: bigint;
  readonly unlock: bigint;
  /** Whether nothing of it is left. */
  readonly whole: boolean;
}

/** Where a beat is made. */
export interface BeatContext {
  readonly chainId: number;
  readonly consensus: Address;
  readonly epoch: number;
  readonly rules: Pick<Rules, "seatBond" | "burnBps">;
  /** Of a question that is final. */
  readonly termsOf: (questionId: Hex) => Terms | null;
}

/** A vote, with the seats that its agent has drawn. */
export interface SeatedVote extends Vote {
  readonly seats: number;
}

/** What an agent makes of what it is to do in an epoch. */
export interface Draft {
  /** `null` if it would do nothing. */
  readonly beat: ProtocolBeat | null;
  /** Votes that cannot be committed. */
  readonly dropped: number;
}

const EMPTY_LINK = { tip: ZERO_HASH, commitment: ZERO_HASH, exposure: 0n, backing: 0n } as const;

/** An agent of the chain: its chain of secrets and its ballots, and what the chain's events tell of its stake. */
export class ChainAgent {
  readonly index: AgentIndex;
  readonly agentId: bigint;
  readonly account: Address;
  readonly anchor: Hex;
  /** Wei in the vault, and what of it is locked. */
  available = 0n;
  locked = 0n;
  /** Trust has no event of its own: it follows from what is settled, by the rule. */
  evidence: Evidence = PRIOR;
  readonly #secrets: SecretChain;
  /** Epoch before that of the first secret. */
  readonly #tipEpoch: number;
  /** Last revealed secret, or the anchor. */
  #tip: Hex;
  #allocations: Snapshots = NO_ALLOCATION;
  #open: OpenBallot | null = null;
  #drafted: OpenBallot | null = null;
  /** By epoch, oldest first. */
  readonly #kept = new Map<number, KeptBallot>();

  /** @param enrolled epoch of its enrolment */
  constructor(index: AgentIndex, account: Address, chainSeed: Hex, enrolled: number) {
    this.index = index;
    this.agentId = agentIdOf(index);
    this.account = account;
    this.#secrets = createSecretChain({ seed: chainSeed, length: CHAIN_LENGTH });
    this.anchor = this.#secrets.anchor;
    this.#tip = this.anchor;
    this.#tipEpoch = firstTipEpoch(enrolled);
  }

  /** Whether it has a secret of an epoch. */
  votesIn(epoch: number): boolean {
    return epoch > this.#tipEpoch;
  }

  secret(epoch: number): Hex {
    return this.#secrets.secretOf(this.#tipEpoch, epoch);
  }

  /** Units that stand behind its seats in an epoch, if its balance backs them. */
  allocation(epoch: number): bigint {
    return allocationAt(this.#allocations, epoch);
  }

  /** Units that will once all changes count. */
  get latestAllocation(): bigint {
    return latestAllocation(this.#allocations);
  }

  /** Notes an allocation made in `epoch`, in units. */
  allocate(epoch: number, units: bigint): void {
    this.#allocations = writeAllocation(this.#allocations, epoch, units);
  }

  /** The oldest ballot of which something is final. */
  settlement(context: Pick<BeatContext, "rules" | "termsOf">): Settlement | null {
    return this.settlements(context).next().value ?? null;
  }

  /** Ballots of which something is final, oldest first. */
  *settlements({ rules, termsOf }: Pick<BeatContext, "rules" | "termsOf">): Generator<Settlement, undefined> {
    for (const kept of this.#kept.values()) {
      let [gain, loss, unlock, final] = [0n, 0n, 0n, 0];
      for (const receipt of kept.receipts) {
        const terms = termsOf(receipt.questionId);
        if (terms === null) continue;
        const settled = settleVote(receipt, terms, rules);
        gain += settled.paid;
        loss += settled.lost;
        unlock += settled.unlocked;
        final++;
      }
      if (final > 0) yield { kept, gain, loss, unlock, whole: final === kept.receipts.length };
    }
    return undefined;
  }

  /** Units that it declares to stand behind its seats in a beat with this settlement. */
  backing(settlement: Settlement | null): bigint {
    const units = (this.available + (settlement?.gain ?? 0n) - (settlement?.loss ?? 0n)) / UNIT;
    return units < MAX_ALLOCATION ? units : MAX_ALLOCATION;
  }

  /**
   * The beat of an epoch.
   * @param votes that it wishes to commit, in order
   */
  draft(context: BeatContext, reveal: boolean, votes: readonly SeatedVote[]): Draft {
    const { epoch, rules } = context;
    const settlement = this.settlement(context);
    const revealed = reveal ? this.#open : null;
    const slot = epoch % RECEIPT_RING;
    const slotTaken = [...this.#kept.values()].some(
      (kept) => kept.epoch % RECEIPT_RING === slot && !(settlement?.whole && settlement.kept === kept),
    );
    const commits = this.votesIn(epoch) && (this.#open === null || revealed !== null) && !slotTaken;
    let free = this.available - this.locked;
    if (settlement !== null) free += settlement.gain - settlement.loss + settlement.unlock;
    const counted = commits ? affordable(votes, free, rules.seatBond) : [];
    const next = commits ? this.#commit(context, counted, settlement) : null;
    const dropped = votes.length - counted.length;
    this.#drafted = next?.open ?? null;
    if (settlement === null && revealed === null && next === null) return { beat: null, dropped };
    const beat: ProtocolBeat = {
      agentId: this.agentId,
      settleEpoch: settlement?.kept.epoch ?? 0,
      receipts: settlement?.kept.encoded ?? "0x",
      // The secret proves the tip and the commitment.
      previous: revealed === null ? { ...EMPTY_LINK, tip: this.#tip } : { ...EMPTY_LINK, ...stakeOf(revealed) },
      secret: revealed === null ? ZERO_HASH : this.secret(revealed.epoch),
      ballot: revealed?.ballot ?? "0x",
      commitEpoch: epoch,
      commitment: next?.commitment ?? ZERO_HASH,
      exposure: next?.open.exposure ?? 0n,
      backing: next?.open.backing ?? 0n,
    };
    return { beat, dropped };
  }

  /** What `Consensus.forfeit` takes of its open ballot. */
  overdueLink(context: Pick<BeatContext, "chainId" | "consensus">): ProtocolBeat["previous"] {
    if (this.#open === null) throw new TypeError(`agent ${this.index} has no ballot open`);
    const { epoch, ballot } = this.#open;
    return { tip: this.#tip, commitment: this.#commitment(context, epoch, ballot), ...stakeOf(this.#open) };
  }

  /** Whether a ballot of an earlier epoch than the last is open. */
  isOverdue(epoch: number): boolean {
    return this.#open !== null && this.#open.epoch + 2 <= epoch;
  }

  /** The ballot of its last draft is committed. */
  noteCommit(): void {
    this.#open = this.#drafted;
  }

  /** Its open ballot is forfeited. */
  noteForfeit(): void {
    this.#open = null;
  }

  /**
   * Its open ballot is revealed.
   * @returns the receipts
   */
  noteReveal(epoch: number, secret: Hex, encoded: Hex): readonly Receipt[] {
    this.#tip = secret;
    this.#open = null;
    return this.#keep(epoch, encoded);
  }

  /**
   * What is final of a ballot is settled.
   * @param rest receipts of what is not
   */
  noteSettlement(epoch: number, rest: Hex, termsOf: BeatContext["termsOf"]): void {
    for (const { questionId, outcome } of this.#kept.get(epoch)?.receipts ?? []) {
      const terms = termsOf(questionId);
      if (terms === null || terms.evidence === 0) continue;
      this.evidence = updateEvidence(this.evidence, outcome === terms.outcome, terms.evidence);
    }
    this.#keep(epoch, rest);
  }

  #keep(epoch: number, encoded: Hex): readonly Receipt[] {
    const { receipts } = decodeReceipts(encoded);
    if (receipts.length === 0) this.#kept.delete(epoch);
    else this.#kept.set(epoch, { epoch, encoded, receipts });
    return receipts;
  }

  #commit(
    context: BeatContext,
    votes: readonly SeatedVote[],
    settlement: Settlement | null,
  ): { open: OpenBallot; commitment: Hex } {
    const { epoch, rules } = context;
    const ballot = encodeBallot(votes);
    const exposure = votes.reduce((sum, { seats }) => sum + BigInt(seats) * rules.seatBond, 0n);
    const open = { epoch, ballot, exposure, backing: this.backing(settlement) };
    return { open, commitment: this.#commitment(context, epoch, ballot) };
  }

  #commitment({ chainId, consensus }: Pick<BeatContext, "chainId" | "consensus">, epoch: number, ballot: Hex): Hex {
    return ballotCommitment({ chainId, consensus, agentId: this.agentId, epoch, secret: this.secret(epoch), ballot });
  }
}

/** Votes in order, as long as their bonds are covered. */
function affordable(votes: readonly SeatedVote[], free: bigint, seatBond: bigint): readonly SeatedVote[] {
  let bonds = 0n;
  const end = votes.findIndex(({ seats }, i) => (bonds += BigInt(seats) * seatBond) > free || i === MAX_VOTES);
  return end === -1 ? votes : votes.slice(0, end);
}

function stakeOf({ exposure, backing }: OpenBallot): Pick<OpenBallot, "exposure" | "backing"> {
  return { exposure, backing };
}
