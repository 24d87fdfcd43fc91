import {
  ballotCommitment,
  canaryCommitment,
  createSecretChain,
  encodeBallot,
  type Hex,
  questionId,
  type SecretChain,
  ZERO_HASH,
} from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import type { IConsensus } from "../../typechain/interfaces/IConsensus.sol/IConsensus.js";
import { type Connection, createWorld, type StakeToken, TOKEN, type World } from "./world.ts";

/** Wei in one unit of allocation of an 18-decimal token. */
export const UNIT = 10n ** 15n;
/** Stake of each panelist. */
export const STAKE = 3_000n * TOKEN;
/** Allocation of each panelist: three of them can hold any whole number of the 3, 7 or 15 seats of a round. */
export const ALLOCATION = 1_050n * TOKEN;
export const SEAT_FEE = TOKEN;
export const SEAT_BOND = 24n * TOKEN;
/** What a uint8 holds for "no outcome". */
export const NONE = 255;

/** A domain of three seats a first round: three panelists hold exactly one each. */
export const PANEL_DOMAIN: Partial<IConsensus.DomainParametersStruct> = { seats: 3, minStake: 1_000n * TOKEN };

/** One vote, and the seats its panelist holds there. */
export interface PanelVote {
  readonly id: Hex;
  readonly outcome: number;
  readonly seats?: number;
}

export interface BeatParts {
  /** Epoch of the receipts to settle. */
  readonly settle?: number;
  /** Reveals the ballot of the agent's last epoch. */
  readonly reveal?: boolean;
  /** Commits these votes; an empty list is an empty ballot. */
  readonly commit?: readonly PanelVote[];
  /** Bytes to commit to in place of the encoded votes. */
  readonly ballot?: Hex;
  /** Wei; a seat bond for each seat unless told. */
  readonly exposure?: bigint;
  /** Units; the panelist's allocation unless told. */
  readonly backing?: bigint;
  readonly from?: HardhatEthersSigner;
  /** Replaces parts of the finished beat. */
  readonly replace?: Partial<IConsensus.BeatStruct>;
}

interface Ballot {
  readonly ballot: Hex;
  readonly commitment: Hex;
  readonly exposure: bigint;
  readonly backing: bigint;
}

interface Chain {
  readonly chain: SecretChain;
  /** Epoch before that of its first secret. */
  readonly tipEpoch: number;
}

const NO_BALLOT: Ballot = { ballot: "0x", commitment: ZERO_HASH, exposure: 0n, backing: 0n };

/** An agent whose every move the test decides: it knows its secrets, ballots and receipts, and votes as it is told. */
export class Panelist {
  readonly agentId: bigint;
  readonly owner: HardhatEthersSigner;
  /** What it has allocated in every domain, units. */
  readonly allocation: bigint;
  /** Receipts by epoch, as its last reveal or settlement left them. */
  readonly receipts = new Map<number, Hex>();
  /** Last revealed secret, or the anchor of the chain in use. */
  tip: Hex;
  readonly #world: World;
  readonly #chains: Chain[];
  readonly #ballots = new Map<number, Ballot>();
  #active = 0;

  constructor(world: World, { agentId, owner, allocation, first }: Member) {
    this.#world = world;
    this.agentId = agentId;
    this.owner = owner;
    this.allocation = allocation;
    this.#chains = [first];
    this.tip = first.chain.anchor;
  }

  /** The secret of an epoch, of the chain that is valid in it. */
  secret(epoch: number): Hex {
    const { chain, tipEpoch } = this.#chains[this.#chainOf(epoch)] as Chain;
    return chain.secretOf(tipEpoch, epoch);
  }

  /** Preimage of the agent's present link. */
  async link(): Promise<IConsensus.LinkStruct> {
    const { ballotOpen, lastEpoch } = await this.#world.contracts.consensus.agent(this.agentId);
    const { commitment, exposure, backing } = ballotOpen ? this.#ballotOf(Number(lastEpoch)) : NO_BALLOT;
    return { tip: this.tip, commitment, exposure, backing };
  }

  /** Announces a chain of `length` secrets that follows the present one. */
  async announceAnchor(seed: Hex, length = 64): Promise<ContractTransactionResponse> {
    const { consensus } = this.#world.contracts;
    const chain = createSecretChain({ seed, length });
    const sent = await consensus.connect(this.owner).announceAnchor(this.agentId, chain.anchor);
    this.#chains.push({ chain, tipEpoch: (await this.#world.epoch()) + 1 });
    return sent;
  }

  /** Enrolls with a new chain, as `from` (its owner unless told). */
  async enroll(seed: Hex, length = 64, from = this.owner): Promise<ContractTransactionResponse> {
    const { consensus } = this.#world.contracts;
    const chain = createSecretChain({ seed, length });
    const sent = await consensus.connect(from).enroll(this.agentId, chain.anchor);
    this.#chains.push({ chain, tipEpoch: (await this.#world.epoch()) + 1 });
    this.tip = chain.anchor;
    this.#active = this.#chains.length - 1;
    return sent;
  }

  /** Sends a beat and notes what it has done. */
  async beat(parts: BeatParts): Promise<ContractTransactionResponse> {
    const { consensus } = this.#world.contracts;
    const sent = await consensus.connect(parts.from ?? this.owner).beat(await this.prepare(parts));
    this.learn(await sent.wait());
    return sent;
  }

  /** Settles the receipts of an epoch as `keeper`, and notes what is left of them. */
  async settle(epoch: number, keeper = this.owner): Promise<ContractTransactionResponse> {
    const { consensus } = this.#world.contracts;
    const sent = await consensus.connect(keeper).settle(this.agentId, epoch, this.receipts.get(epoch) ?? "0x");
    this.learn(await sent.wait());
    return sent;
  }

  /** The beat of these parts in the present epoch. */
  async prepare(parts: BeatParts): Promise<IConsensus.BeatStruct> {
    const { agentId } = this;
    const { consensus } = this.#world.contracts;
    const { ballotOpen, lastEpoch } = await consensus.agent(agentId);
    const revealed = parts.reveal && ballotOpen ? this.#ballotOf(Number(lastEpoch)) : NO_BALLOT;
    const next = parts.commit || parts.ballot !== undefined ? await this.#vote(parts) : NO_BALLOT;
    return {
      agentId,
      settleEpoch: parts.settle ?? 0,
      receipts: parts.settle === undefined ? "0x" : (this.receipts.get(parts.settle) ?? "0x"),
      previous: await this.link(),
      secret: parts.reveal ? this.secret(Number(lastEpoch)) : ZERO_HASH,
      ballot: revealed.ballot,
      commitEpoch: await this.#world.epoch(),
      commitment: next.commitment,
      exposure: next.exposure,
      backing: next.backing,
      ...parts.replace,
    };
  }

  async #vote(parts: BeatParts): Promise<Ballot> {
    const { consensus } = this.#world.contracts;
    const votes = parts.commit ?? [];
    const epoch = await this.#world.epoch();
    const ballot = parts.ballot ?? encodeBallot(votes.map(({ id, outcome }) => ({ questionId: id, outcome })));
    const { chainId } = await this.#world.connection.ethers.provider.getNetwork();
    const commitment = ballotCommitment({
      chainId,
      consensus: (await consensus.getAddress()) as Hex,
      agentId: this.agentId,
      epoch,
      secret: this.secret(epoch),
      ballot,
    });
    const seats = votes.reduce((sum, vote) => sum + (vote.seats ?? 1), 0);
    const exposure = parts.exposure ?? BigInt(seats) * SEAT_BOND;
    const kept = { ballot, commitment, exposure, backing: parts.backing ?? this.allocation };
    this.#ballots.set(epoch, kept);
    return kept;
  }

  /** Notes what a transaction has done to it, whoever sent it. */
  learn(receipt: ContractTransactionReceipt | null): void {
    const { consensus } = this.#world.contracts;
    for (const log of receipt?.logs ?? []) {
      const event = log.address === consensus.target ? consensus.interface.parseLog(log) : null;
      if (event === null || event.args["agentId"] !== this.agentId) continue;
      const epoch = Number(event.args["epoch"]);
      if (event.name === "BallotRevealed") {
        this.receipts.set(epoch, event.args["receipts"] as Hex);
        this.tip = event.args["secret"] as Hex;
      } else if (event.name === "BallotSettled") {
        this.receipts.set(epoch, event.args["remainder"] as Hex);
      } else if (event.name === "BallotCommitted" && this.#chainOf(epoch) !== this.#active) {
        this.#active = this.#chainOf(epoch);
        this.tip = (this.#chains[this.#active] as Chain).chain.anchor;
      }
    }
  }

  #chainOf(epoch: number): number {
    // Before the first secret of the first chain there is none: its secret of `tipEpoch + 1` stands in.
    return Math.max(
      0,
      this.#chains.findLastIndex(({ tipEpoch }) => tipEpoch < epoch),
    );
  }

  #ballotOf(epoch: number): Ballot {
    const ballot = this.#ballots.get(epoch);
    if (ballot === undefined) throw new Error(`agent ${this.agentId} committed no ballot in epoch ${epoch}`);
    return ballot;
  }
}

/** A question as it was asked. */
export interface Asked {
  readonly id: Hex;
  readonly origin: IConsensus.OriginStruct;
  readonly voteEpoch: number;
  /** Opens its canary commitment. */
  readonly salt: Hex;
}

export interface AskOptions {
  readonly domainId?: number;
  readonly asker?: HardhatEthersSigner;
  readonly budgetRounds?: number;
  /** Answer of the canary, NONE for "no canary"; not entered if absent. */
  readonly canary?: number;
}

/** A world whose agents vote exactly as they are told. */
export interface Panel extends World {
  readonly panelists: readonly [Panelist, Panelist, Panelist, ...Panelist[]];
  /** Somebody with tokens and no agent. */
  readonly stranger: HardhatEthersSigner;
  readonly epoch: () => Promise<number>;
  readonly warpTo: (epoch: number, offset?: number) => Promise<void>;
  /** What is the sink's so far, what is not swept into the vault included, wei. */
  readonly sunk: () => Promise<bigint>;
  /** Asks as the deployer unless told; different content makes a different question. */
  readonly ask: (content: string, options?: AskOptions) => Promise<Asked>;
  /**
   * Votes and reveals the present round of a question and moves to the epoch in which it can be appealed. Entry i is the vote of
   * panelist i: an outcome (one seat), an outcome and seats, or null for no vote.
   */
  readonly holdRound: (
    id: Hex,
    votes: readonly (number | readonly [outcome: number, seats: number] | null)[],
  ) => Promise<void>;
  /** Asks, holds the first round and returns the question. */
  readonly decide: (content: string, votes: readonly (number | null)[], options?: AskOptions) => Promise<Asked>;
}

export interface PanelOptions {
  readonly domains?: readonly Partial<IConsensus.DomainParametersStruct>[];
  /** Secrets of each panelist's first chain. */
  readonly chainLength?: number;
  /** Allocation of each panelist, wei: at least three. Three of `ALLOCATION` unless told. */
  readonly allocations?: readonly bigint[];
  /** Deploys the stake token; an AssayToken unless told. */
  readonly token?: () => Promise<StakeToken>;
  /** Folder of the build to deploy; that of `npm run compile` unless told. */
  readonly artifacts?: string;
}

/** Loads a panel, as new in every test; the chain is set back to where it was. */
export function panelLoader(connection: Connection, options: PanelOptions = {}): () => Promise<Panel> {
  const deploy = async () => deployPanel(connection, options);
  return async () => {
    const { world, members } = await connection.networkHelpers.loadFixture(deploy);
    return assemble(world, members);
  };
}

interface Member {
  readonly agentId: bigint;
  readonly owner: HardhatEthersSigner;
  /** Units. */
  readonly allocation: bigint;
  readonly first: Chain;
}

async function deployPanel(
  connection: Connection,
  options: PanelOptions,
): Promise<{ readonly world: World; readonly members: readonly Member[] }> {
  const domains = (options.domains ?? [{}]).map((domain) => ({ ...PANEL_DOMAIN, ...domain }));
  const { artifacts, token } = options;
  const world = await createWorld(connection, { agents: 0, domains, artifacts, ...(token && { token }) });
  const { consensus, registry, vault } = world.contracts;
  const members: Member[] = [];
  const allocations = options.allocations ?? [ALLOCATION, ALLOCATION, ALLOCATION];
  for (const [i, allocation] of allocations.entries()) {
    const owner = world.owners[i] as HardhatEthersSigner;
    const agentId = await registry.connect(owner)["register()"].staticCall();
    await registry.connect(owner)["register()"]();
    await vault.connect(owner).deposit(agentId, allocation > STAKE ? allocation : STAKE);
    const seed = connection.ethers.id(`panelist ${i}`) as Hex;
    const chain = createSecretChain({ seed, length: options.chainLength ?? 128 });
    await consensus.connect(owner).enroll(agentId, chain.anchor);
    const { tipEpoch } = await consensus.agent(agentId);
    for (let d = 1; d <= domains.length; d++) await consensus.connect(owner).allocate(agentId, d, allocation);
    members.push({ agentId, owner, allocation: allocation / UNIT, first: { chain, tipEpoch: Number(tipEpoch) } });
  }
  await world.warpTo((await world.epoch()) + 2);
  return { world, members };
}

function assemble(world: World, members: readonly Member[]): Panel {
  const { consensus, vault } = world.contracts;
  const panelists = members.map((member) => new Panelist(world, member));
  const panel: Panel = {
    ...world,
    epoch: async () => world.epoch(),
    warpTo: async (epoch, offset) => world.warpTo(epoch, offset),
    panelists: panelists as unknown as Panel["panelists"],
    stranger: world.owners.at(-1) as HardhatEthersSigner,
    sunk: async () => (await vault.sinkDue()) + (await consensus.unsweptDue()),
    ask: async (content, options = {}) => ask(world, content, options),
    holdRound: async (id, votes) => {
      const { voteEpoch: epoch, offeredSeats } = await consensus.question(id);
      const domainId = Number(BigInt(id.slice(0, 10)));
      const total = await consensus.totalAllocation(domainId, epoch);
      await world.warpTo(Number(epoch));
      for (const [i, vote] of votes.entries()) {
        if (vote === null) continue;
        const [outcome, seats] = typeof vote === "number" ? [vote, 1] : vote;
        const panelist = panelists[i] as Panelist;
        // Seats are exact where the backing divides and the allocation covers it: nothing is left to the draw.
        const backing = (BigInt(seats) * total) / offeredSeats;
        const certain = backing * offeredSeats === BigInt(seats) * total;
        if (!certain || backing > (await consensus.allocation(panelist.agentId, domainId, epoch))) {
          throw new Error(`${seats} of ${offeredSeats} seats are not certain`);
        }
        await panelist.beat({ commit: [{ id, outcome, seats }], backing });
      }
      await world.warpTo(Number(epoch) + 1);
      for (const [i, vote] of votes.entries()) {
        if (vote !== null) await (panelists[i] as Panelist).beat({ reveal: true });
      }
      await world.warpTo(Number(epoch) + 2);
    },
    decide: async (content, votes, options = {}) => {
      const asked = await ask(world, content, options);
      await panel.holdRound(asked.id, votes);
      return asked;
    },
  };
  return panel;
}

async function ask(world: World, content: string, options: AskOptions): Promise<Asked> {
  const { consensus } = world.contracts;
  const { ethers } = world.connection;
  const { domainId = 1, asker = world.deployer, budgetRounds = 0, canary } = options;
  const salt = ethers.id(`canary of ${content}`) as Hex;
  const sealed = {
    consensus: (await consensus.getAddress()) as Hex,
    asker: asker.address as Hex,
    answer: canary === undefined || canary === NONE ? null : canary,
    salt,
  };
  const origin = {
    domainId,
    asker: asker.address as Hex,
    contentHash: ethers.id(content) as Hex,
    canaryCommitment: canary === undefined ? ZERO_HASH : canaryCommitment(sealed),
    salt: ZERO_HASH,
  };
  await consensus.connect(asker).ask(origin, budgetRounds, `ipfs://${content}`);
  const id = questionId(origin);
  return { id, origin, voteEpoch: Number((await consensus.question(id)).voteEpoch), salt };
}
