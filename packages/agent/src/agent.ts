import {
  ballotCommitment,
  type Beat,
  createSecretChain,
  decodeReceipts,
  encodeBallot,
  EPOCHS_PER_ROUND,
  epochStart,
  type Hex,
  type LinkParts,
  RECEIPT_RING,
  type RelayTerms,
  restoreSecretChain,
  type SecretChain,
  ZERO_HASH,
} from "@assay/protocol";
import { accessListFor, type Assay, type Mined, savesByAccessList, unsettledOf, type WriteAction } from "@assay/sdk";
import type { Signer, TransactionReceipt } from "ethers";
import type { BeatEffects, BeatReport, SeatedVote, SignedBeat } from "./beats.ts";
import { AgentError } from "./errors.ts";
import type { AgentMemory, Journal, KeptBallot, KeptReceipts } from "./journal.ts";
import type { Sender, SendTerms } from "./sending.ts";
import { backingOf, draw, type DrawnQuestion, lossOf, type Voter, vote } from "./voting.ts";

/** An agent: its wallet, its chain of secrets, its memory and its opinion. */
export interface AgentOptions extends Voter {
  /** The agentWallet, connected to a provider. */
  readonly wallet: Signer;
  readonly journal: Journal;
  /** Sends for the wallet, and sees each transaction through; without it the wallet sends by itself, which is cheaper. */
  readonly sender?: Sender;
  /** Whether its transactions declare what they touch where that saves gas; on chains of layer 1 unless told. */
  readonly accessLists?: boolean;
}

/** What the chain knows of an agent that its next beat depends on. */
interface AgentState {
  /** Present one. */
  readonly epoch: number;
  readonly tipEpoch: number;
  readonly lastEpoch: number;
  readonly ring: number;
  readonly ballotOpen: boolean;
}

/** What of a beat is done. */
export interface BeatParts {
  /** False commits nothing: what is open is revealed, and nothing new is put at risk. */
  readonly commit?: boolean;
  /** Does nothing if the present epoch is another one. */
  readonly epoch?: number;
}

/** Where an agent stands in the present epoch, and what it can do there. */
export interface Outlook {
  readonly epoch: number;
  /** Whether the epoch has a seed, without which no seat is known. */
  readonly seeded: boolean;
  /** Epoch of the last ballot or sign of life. */
  readonly lastEpoch: number;
  readonly ballotOpen: boolean;
  /** Whether the open ballot is to be revealed in this epoch. */
  readonly revealDue: boolean;
  /** Whether it has committed in this epoch. */
  readonly committed: boolean;
  /** Whether the journal holds a ballot of this epoch. */
  readonly kept: boolean;
  /** Epochs of ballots that can be settled. */
  readonly settlements: readonly number[];
  /** Whether the chain holds a revealed ballot whose receipts the journal lacks: see {@link Agent.recover}. */
  readonly receiptsMissing: boolean;
  /** Questions that it may have seats on; none before its chain of secrets counts. */
  readonly questions: readonly DrawnQuestion[];
  /** Epochs for which it has secrets, the present one left out. */
  readonly secretsLeft: number;
  /** First epoch in which it can vote. */
  readonly firstEpoch: number;
}

const EMPTY_LINK = { tip: ZERO_HASH, commitment: ZERO_HASH, exposure: 0n, backing: 0n };

/**
 * One agent on chain: each epoch it settles what is final, reveals its last ballot and commits the next, in one transaction. What it
 * commits is in its journal before the transaction is sent, and is never replaced: after a crash it goes on where it was.
 */
export class Agent {
  readonly agentId: bigint;
  readonly #options: AgentOptions;
  /** As the agent's wallet. */
  readonly #assay: Assay;
  #memory: AgentMemory | null;
  #chain: SecretChain | null = null;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#assay = options.assay.connect(options.wallet);
    this.agentId = options.agentId;
    this.#memory = options.journal.load();
    if (this.#memory !== null) this.#chain = restoreSecretChain(this.#memory.chain);
  }

  /** Whether it has a chain of secrets to vote with. */
  get enrolled(): boolean {
    return this.#memory !== null;
  }

  /**
   * Publishes the anchor of a new secret chain; votes from the epoch after the next.
   * @param seed 32 random bytes
   * @param length epochs the chain lasts
   */
  async enroll(seed: Hex, length: number): Promise<TransactionReceipt> {
    const { journal } = this.#options;
    const { agentId } = this;
    const chain = createSecretChain({ seed, length });
    // Kept before the anchor is sent. The tip epoch is corrected once the chain has said in which epoch it landed.
    const epoch = await this.#assay.beats.epoch();
    const memory: AgentMemory = {
      agentId: agentId.toString(),
      chain: chain.serialize(),
      tipEpoch: epoch + 1,
      ballots: [],
      receipts: [],
    };
    journal.save(memory);
    const { enroll } = this.#assay.agents;
    const { result, receipt } = await this.#send(enroll, { agentId, anchor: chain.anchor }, lasting("enrolment"));
    this.#chain = chain;
    this.#remember({ ...memory, tipEpoch: result.firstEpoch - 1 });
    return receipt;
  }

  /** Stakes behind the agent's seats in a domain, from the epoch after the next. */
  async allocate(domainId: number, amount: bigint): Promise<TransactionReceipt> {
    const { agentId } = this;
    const { allocate } = this.#assay.domains;
    return (await this.#send(allocate, { agentId, domainId, amount }, lasting(`allocation to domain ${domainId}`)))
      .receipt;
  }

  /**
   * Sends this epoch's beat. Call it once an epoch, in its first half and after a block of the epoch; a second call in the same
   * epoch does nothing.
   * @returns null if there was nothing to do
   * @throws AgentError `TOO_LATE` of a sender that would not get it mined in this epoch
   */
  async beat({ commit = true, epoch: only }: BeatParts = {}): Promise<BeatReport | null> {
    const { beats } = this.#assay;
    await this.#takeUp();
    const state = await this.#state();
    const { epoch } = state;
    if ((state.ballotOpen && state.lastEpoch === epoch) || epoch !== (only ?? epoch)) return null;
    if (commit && (await beats.seed(epoch)) === null) await this.#roll(state);
    const draft = await this.#draft(state, { commit, fee: 0n });
    if (draft === null) return null;
    const terms = await this.#termsIn(state, `beat of epoch ${epoch}`);
    const { receipt } = await this.#send(beats.beat, draft.beat, terms);
    return { agentId: this.agentId, epoch, receipt, votes: draft.votes, ...this.learn(receipt) };
  }

  /**
   * Fixes the seed of the present epoch, unless it has one.
   * @param next epoch that the next block will be of, if there is no block of it yet: this makes one
   * @throws AgentError `TOO_LATE` of a sender that would not get it mined in this epoch
   */
  async roll(next = 0): Promise<TransactionReceipt | null> {
    await this.#takeUp();
    const state = await this.#state();
    if (next > state.epoch) return this.#roll({ ...state, epoch: next });
    return (await this.#assay.beats.seed(state.epoch)) === null ? this.#roll(state) : null;
  }

  /**
   * Signs this epoch's beat for a relayer, which gets `maxRelayFee` of the agent's free stake for it; the wallet needs no ether. Hand
   * the relayer's receipt to {@link learn}. Until then it may be asked for again: the ballot stays the same.
   * @returns null if the agent has beaten in this epoch already, or cannot yet
   * @throws AgentError `NOT_ROLLED` if it is to commit and the epoch has no seed yet: whoever relays must send `roll()` first
   */
  async prepareBeat(terms: RelayTerms, { commit = true, epoch: only }: BeatParts = {}): Promise<SignedBeat | null> {
    const { beats } = this.#assay;
    const state = await this.#state();
    if (state.lastEpoch >= state.epoch || state.epoch !== (only ?? state.epoch)) return null;
    if (commit && (await beats.seed(state.epoch)) === null) {
      throw new AgentError("NOT_ROLLED", `epoch ${state.epoch} has no seed yet`, { retryable: true });
    }
    const draft = await this.#draft(state, { commit, fee: terms.maxRelayFee });
    if (draft === null) return null;
    const signed = await beats.sign(draft.beat, terms);
    return { agentId: this.agentId, epoch: state.epoch, ...signed, votes: draft.votes };
  }

  /** Where the agent stands, and which seats it has drawn. */
  async outlook(): Promise<Outlook> {
    const memory = this.#need();
    const state = await this.#state();
    const { epoch, lastEpoch, ballotOpen, ring } = state;
    await this.#options.board.refresh();
    const firstEpoch = memory.tipEpoch + 1;
    const secretsLeft = memory.tipEpoch + this.#needChain().length - epoch;
    const votes = epoch >= firstEpoch && secretsLeft >= 0;
    const [seed, backing] = await Promise.all([this.#assay.beats.seed(epoch), backingOf(this.#options, 0n)]);
    const questions = votes ? await draw(this.#options, { epoch, secret: this.#secret(epoch), backing }) : [];
    const unsettled = inRing(memory.receipts, ring);
    const slots = Array.from({ length: RECEIPT_RING }, (_, slot) => slot).filter((slot) => ring & (1 << slot));
    return {
      ...{ epoch, lastEpoch, ballotOpen, questions, secretsLeft, firstEpoch },
      seeded: seed !== null,
      revealDue: ballotOpen && lastEpoch === epoch - 1,
      committed: ballotOpen && lastEpoch === epoch,
      kept: memory.ballots.some((ballot) => ballot.epoch === epoch),
      settlements: unsettled.filter((kept) => this.#settles(kept, epoch)).map((kept) => kept.epoch),
      receiptsMissing: slots.some((slot) => unsettled.every((kept) => kept.epoch % RECEIPT_RING !== slot)),
    };
  }

  /** Keeps what a mined transaction did for this agent, whoever sent it and for however many. Each must be learned once. */
  learn(receipt: TransactionReceipt): BeatEffects {
    const memory = this.#need();
    const events = this.#assay.eventsIn(receipt);
    this.#remember({ ...memory, receipts: unsettledOf(this.agentId, events.list, memory.receipts) });
    const own = <N extends "BallotCommitted" | "BallotRevealed" | "BallotSettled">(name: N) =>
      events.all(`consensus.${name}`).findLast(({ agentId }) => agentId === this.agentId);
    return {
      revealedEpoch: own("BallotRevealed")?.epoch ?? null,
      settledEpoch: own("BallotSettled")?.epoch ?? null,
      committed: own("BallotCommitted") !== undefined,
    };
  }

  /**
   * Brings the journal in line with what the chain recorded, after a process ended between sending a transaction and keeping what
   * it did. Call it once before the first beat.
   * @param fromBlock a block not after the agent's enrolment, or of the last 16 epochs if its journal holds an older beat
   * @throws AgentError `OTHER_CHAIN` if the agent has since enrolled with a chain that this journal does not hold
   */
  async recover(fromBlock: number): Promise<void> {
    await this.#takeUp();
    const memory = this.#need();
    const { agentId } = this;
    const selections = ["Enrolled", "BallotRevealed", "BallotSettled"] as const;
    const events = await this.#assay.events(
      selections.map((name) => ({ name: `consensus.${name}`, args: { agentId } }) as const),
      { fromBlock },
    );
    const enrolment = events.findLast((event) => event.name === "consensus.Enrolled")?.args;
    if (enrolment !== undefined && enrolment.anchor !== this.#needChain().anchor) {
      const message = `agent ${agentId} is enrolled with a secret chain that its journal does not hold`;
      throw new AgentError("OTHER_CHAIN", message);
    }
    this.#remember({
      ...memory,
      tipEpoch: enrolment === undefined ? memory.tipEpoch : enrolment.firstEpoch - 1,
      receipts: unsettledOf(agentId, events, memory.receipts),
    });
  }

  /** Settles receipts that are due beyond the one a beat carries. */
  async settleDue(): Promise<TransactionReceipt[]> {
    const { agentId } = this;
    const { beats } = this.#assay;
    const { epoch, ring } = await this.#state();
    const sent: TransactionReceipt[] = [];
    await this.#options.board.refresh();
    for (const kept of inRing(this.#need().receipts, ring).filter((r) => this.#settles(r, epoch))) {
      const terms = lasting(`settlement of epoch ${kept.epoch}`);
      const { receipt } = await this.#send(beats.settle, { agentId, ...kept }, terms);
      this.learn(receipt);
      sent.push(receipt);
    }
    return sent;
  }

  /** Preimage of the agent's link, as anyone could read it from its events. */
  linkOf(epoch: number, tip: Hex): LinkParts {
    const kept = this.#ballotOf(epoch);
    return { tip, commitment: kept.commitment, exposure: BigInt(kept.exposure), backing: BigInt(kept.backing) };
  }

  /** Last revealed value of the chain when its tip is at `tipEpoch`. */
  tipAt(tipEpoch: number): Hex {
    const memory = this.#need();
    return tipEpoch === memory.tipEpoch ? this.#needChain().anchor : this.#secret(tipEpoch);
  }

  /** Sends as the wallet, and waits until it is mined. */
  async #send<Args, Result>(action: WriteAction<Args, Result>, args: Args, terms: SendTerms): Promise<Mined<Result>> {
    const { sender, wallet, accessLists = savesByAccessList((await this.#assay.terms()).chainId) } = this.#options;
    if (sender === undefined) return (await action(args, { accessList: accessLists })).wait();
    await action.simulate(args);
    const call = await action.populate(args);
    const accessList = accessLists ? await accessListFor(wallet, call) : null;
    const receipt = await sender.send({ ...call, accessList }, terms);
    return { result: action.decode(receipt), receipt };
  }

  async #roll(state: AgentState): Promise<TransactionReceipt> {
    const terms = await this.#termsIn(state, `roll of epoch ${state.epoch}`);
    return (await this.#send(this.#assay.beats.roll, undefined, terms)).receipt;
  }

  /** Of a transaction that is worth something in the present epoch only. */
  async #termsIn({ epoch, ballotOpen, lastEpoch }: AgentState, purpose: string): Promise<SendTerms> {
    const deadline = epochStart(await this.#assay.terms(), epoch + 1);
    // A ballot that is not revealed in time is forfeited.
    return { purpose, deadline, urgent: ballotOpen && lastEpoch === epoch - 1 };
  }

  /**
   * Waits for what the sender has under way, and learns what it did: an earlier process may have begun it, or a reorganisation of
   * the chain may have dropped what was mined.
   */
  async #takeUp(): Promise<void> {
    const { sender } = this.#options;
    if (sender === undefined) return;
    for (const receipt of await sender.settle()) this.learn(receipt);
  }

  /** Whether a question of a ballot is final, or unknown to the board: receipts that wait for further rounds must not hold up others. */
  #settles({ receipts }: KeptReceipts, epoch: number): boolean {
    const { board } = this.#options;
    return decodeReceipts(receipts).receipts.some(({ questionId }) => {
      const question = board.get(questionId);
      return question === undefined || question.voteEpoch + EPOCHS_PER_ROUND <= epoch;
    });
  }

  /** Where the agent stands in the present epoch. */
  async #state(): Promise<AgentState> {
    const { agents, beats } = this.#assay;
    const { epoch, state } = await this.#assay.readMany({
      epoch: beats.epoch.request(),
      state: agents.state.request(this.agentId),
    });
    return { ...state, epoch };
  }

  /**
   * The beat that is due, whoever sends it.
   * @param how.fee what leaves the free stake before the ballot's exposure is locked, wei
   */
  async #draft(
    state: AgentState,
    how: { commit: boolean; fee: bigint },
  ): Promise<{ beat: Beat; votes: readonly SeatedVote[] } | null> {
    const memory = this.#need();
    const { epoch, lastEpoch: last, ring } = state;
    await this.#options.board.refresh();
    const unsettled = inRing(memory.receipts, ring);
    const settlement = unsettled.find((kept) => this.#settles(kept, epoch));
    const open = state.ballotOpen ? this.#ballotOf(last) : null;
    const reveals = open !== null && last === epoch - 1; // an overdue one is forfeited by the same beat
    const returning = reveals ? BigInt(open.exposure) - BigInt(open.bonds ?? open.exposure) : 0n;
    if (!how.commit && open === null && settlement === undefined) return null;
    const next = how.commit ? await this.#nextBallot(state, settlement, { reserved: how.fee, returning }) : null;
    const beat = {
      agentId: this.agentId,
      settleEpoch: settlement?.epoch ?? 0,
      receipts: settlement?.receipts ?? "0x",
      previous: this.#previousLink(state, open, reveals),
      secret: reveals ? this.#secret(last) : ZERO_HASH,
      ballot: reveals ? open.ballot : "0x",
      commitEpoch: epoch,
      commitment: next?.kept.commitment ?? ZERO_HASH,
      exposure: BigInt(next?.kept.exposure ?? 0),
      backing: BigInt(next?.kept.backing ?? 0),
    } as const;
    return { beat, votes: next?.votes ?? [] };
  }

  #previousLink(state: AgentState, open: KeptBallot | null, reveals: boolean): LinkParts {
    if (reveals && open !== null) {
      // The secret proves the tip and the commitment.
      return { ...EMPTY_LINK, exposure: BigInt(open.exposure), backing: BigInt(open.backing) };
    }
    const tip = this.tipAt(state.tipEpoch);
    return open === null ? { ...EMPTY_LINK, tip } : this.linkOf(open.epoch, tip);
  }

  /** This epoch's ballot: the one kept already, or a new one, kept before it is returned. */
  async #nextBallot(
    { epoch, tipEpoch, lastEpoch, ring, ballotOpen }: AgentState,
    settlement: KeptReceipts | undefined,
    how: { reserved: bigint; returning: bigint },
  ): Promise<{ kept: KeptBallot; votes: readonly SeatedVote[] } | null> {
    const memory = this.#need();
    if (epoch <= tipEpoch) return null;
    const slotInUse = (ring & (1 << (epoch % RECEIPT_RING))) !== 0;
    if (slotInUse && settlement?.epoch !== epoch - RECEIPT_RING) return null;
    const earlier = memory.ballots.find((kept) => kept.epoch === epoch);
    if (earlier !== undefined) return { kept: earlier, votes: [] };

    const secret = this.#secret(epoch);
    // Stake that the same beat loses before it commits backs nothing: settled votes that were wrong, an overdue ballot.
    const forfeit = ballotOpen && lastEpoch < epoch - 1 ? BigInt(this.#ballotOf(lastEpoch).exposure) : 0n;
    const { receipts } = settlement === undefined ? { receipts: [] } : decodeReceipts(settlement.receipts);
    const loss = forfeit + (await lossOf(this.#options, receipts));
    const [{ chainId }, backing] = await Promise.all([
      this.#assay.terms(),
      backingOf(this.#options, how.reserved + loss),
    ]);
    const { votes, bonds, exposure } = await vote(this.#options, { epoch, secret, backing, ...how });
    const ballot = encodeBallot(votes);
    const commitment = ballotCommitment({
      chainId,
      consensus: this.#assay.addresses.consensus as Hex,
      agentId: this.agentId,
      epoch,
      secret,
      ballot,
    });
    const kept: KeptBallot = {
      epoch,
      votes: votes.map(({ questionId, outcome }) => ({ questionId, outcome })),
      ballot,
      commitment,
      exposure: exposure.toString(),
      bonds: bonds.toString(),
      backing: backing.toString(),
    };
    this.#remember({ ...memory, ballots: [...memory.ballots.filter((b) => b.epoch > epoch - 4), kept] });
    return { kept, votes };
  }

  #remember(memory: AgentMemory): void {
    this.#options.journal.save(memory);
    this.#memory = memory;
  }

  #need(): AgentMemory {
    if (this.#memory === null) throw new AgentError("MISSING_BALLOT", `agent ${this.agentId} is not enrolled`);
    return this.#memory;
  }

  #needChain(): SecretChain {
    if (this.#chain === null) throw new AgentError("MISSING_BALLOT", `agent ${this.agentId} is not enrolled`);
    return this.#chain;
  }

  #secret(epoch: number): Hex {
    return this.#needChain().secretOf(this.#need().tipEpoch, epoch);
  }

  #ballotOf(epoch: number): KeptBallot {
    const kept = this.#need().ballots.find((ballot) => ballot.epoch === epoch);
    if (kept !== undefined) return kept;
    const message = `agent ${this.agentId} has a ballot of epoch ${epoch} open that its journal does not hold`;
    throw new AgentError("MISSING_BALLOT", message);
  }
}

/** What somebody else has settled in full has left its slot of the ring. */
function inRing(receipts: readonly KeptReceipts[], ring: number): KeptReceipts[] {
  return receipts.filter(({ epoch }) => (ring & (1 << (epoch % RECEIPT_RING))) !== 0);
}

/** Of a transaction that is worth as much later. */
function lasting(purpose: string): SendTerms {
  return { purpose, deadline: null };
}
