import type { Context } from "../context.ts";
import { encodeCall } from "../codec.ts";
import { ClientError } from "../errors/assay-error.ts";
import { toAssayError } from "../errors/contract-error.ts";
import type { AnyEvent, ReceiptEvents } from "../events.ts";
import {
  type Address,
  type Beat,
  decodeReceipts,
  decodeBallot,
  decodeRelayedBeat,
  encodeBeat,
  encodeRelayedBeat,
  type Hex,
  type LinkParts,
  relayedBeatTypedData,
  type RelayTerms,
  ZERO_HASH,
} from "../protocol.ts";
import { mapRead, view } from "../reads.ts";
import { MAX_TRANSACTION_GAS, requireSigner } from "../writes.ts";
import type { AgentArgs } from "./stake.ts";

/** What a transaction did with the ballots of one agent. */
export interface BeatResult {
  readonly agentId: bigint;
  /** The ballot committed; null if none was. */
  readonly committed: {
    readonly epoch: number;
    readonly commitment: Hex;
    /** Wei. */
    readonly exposure: bigint;
    /** Allocation units. */
    readonly backing: bigint;
  } | null;
  /** Why a ballot was not committed, though the rest of the beat took effect; null if it was, or none was meant to be. */
  readonly refused: unknown;
  readonly revealed: { readonly epoch: number; readonly secret: Hex; readonly receipts: Hex } | null;
  readonly settled: {
    readonly epoch: number;
    /** Wei. */
    readonly gain: bigint;
    /** Wei. */
    readonly loss: bigint;
    /** Receipts of what is not final yet; `0x` if nothing is left. */
    readonly remainder: Hex;
  } | null;
  /** Wei lost with an overdue ballot; null if none was forfeited. */
  readonly forfeited: bigint | null;
}

/** A beat that anybody may send. */
export interface RelayableBeat {
  /** Packed, behind the terms on which it may be relayed: `encodeRelayedBeat`. */
  readonly beat: Hex;
  /** Of the agent's wallet. */
  readonly signature: Hex;
  /** What it takes by itself, by `relayGas`; the node is asked where this is missing. */
  readonly gas?: bigint;
}

/** What a relay did. */
export interface RelayResult {
  /** The beats that took effect, by agent. */
  readonly relayed: readonly BeatResult[];
  /** The others, and why each was skipped. */
  readonly skipped: readonly { readonly agentId: bigint; readonly reason: unknown }[];
}

/** Receipts of a revealed ballot that are not settled yet. */
export interface Unsettled {
  /** Epoch of the ballot. */
  readonly epoch: number;
  readonly receipts: Hex;
}

/** Gas of `beatFor` beside that of the beats, with the relayer's first credit. */
const RELAY_FIXED = 100_000n;
/**
 * Gas that a contract wallet may take to check a signature, `WALLET_GAS` of Consensus: one that took less when it was asked must not
 * leave too little for the beats behind it.
 */
export const WALLET_GAS = 100_000n;
/** For a beat that is refused by itself and hence will be skipped: above what docs/gas.md measures of an agent's first ballots. */
const REFUSED_GAS = { beat: 500_000n, vote: 30_000n, receipt: 80_000n };

/**
 * Gas limit of a transaction that relays beats: an estimate of the whole would do with less, as a beat that runs out of gas is
 * skipped and the transaction succeeds.
 * @param gas what each takes by itself, by `relayGas`
 */
export function relayGasLimit(gas: readonly bigint[]): bigint {
  return gas.reduce((sum, one) => sum + (one * 11n) / 10n + WALLET_GAS, RELAY_FIXED);
}

/** Beats: an agent's one transaction of an epoch, sent by itself or by others, and what anybody may do for it. */
export function beatActions(context: Context) {
  /** Each beat as the contract itself calls it, which no signer may. */
  const relayGas = async ({ beat, signature }: RelayableBeat): Promise<bigint> => {
    const { consensus } = context.addresses;
    const data = encodeCall("consensus", "beatSigned", [beat, signature]);
    try {
      return await context.provider.estimateGas({ from: consensus, to: consensus, data });
    } catch (error) {
      throw toAssayError(error);
    }
  };
  return {
    /** Present epoch, as of the latest block. */
    epoch: context.read(() => view("consensus", "currentEpoch", [])),
    /** Whether the latest block is in the last sixteenth of its epoch. */
    inFreeze: context.read(() => view("consensus", "inFreeze", [])),
    /** Seed of an epoch; null if it has none, or is too long ago. */
    seed: context.read((epoch: number) =>
      mapRead(view("consensus", "seedOf", [epoch]), (seed) => (seed === ZERO_HASH ? null : seed)),
    ),
    /** An agent's ballots that are revealed and not settled, oldest first, from its events. */
    unsettled: async (agentId: bigint): Promise<Unsettled[]> => {
      const events = await context.history(
        { name: "consensus.BallotRevealed", args: { agentId } },
        { name: "consensus.BallotSettled", args: { agentId } },
      );
      return unsettledOf(agentId, events);
    },

    /** Settles an older ballot, reveals the last one and commits the next, in one transaction. The agent's wallet, to commit. */
    beat: context.write(
      (beat: Beat) => ({ contract: "consensus", name: "beatPacked", args: [encodeBeat(beat)] }),
      (events) => toResults(events)[0] ?? null,
    ),
    /** `beat` of what `encodeBeat` has packed before. */
    beatPacked: context.write(
      ({ packed }: { readonly packed: Hex }) => ({ contract: "consensus", name: "beatPacked", args: [packed] }),
      (events) => toResults(events)[0] ?? null,
    ),
    /** Signs a beat for others to send, for a fee of the agent's stake. The agent's wallet. */
    sign: async (beat: Beat, terms: RelayTerms): Promise<RelayableBeat> => {
      const relayed = encodeRelayedBeat(beat, terms);
      const { chainId } = await context.terms();
      const consensus = context.addresses.consensus as Address;
      const { domain, types, message } = relayedBeatTypedData({ chainId, consensus }, relayed);
      const signer = requireSigner(context.runner);
      const signature = await signer.signTypedData(domain, { RelayedBeat: [...types.RelayedBeat] }, message);
      return { beat: relayed, signature: signature as Hex };
    },
    /**
     * Gas that a signed beat takes by itself, its finalizations included, as of the latest block.
     * @throws AssayError why it would be skipped
     */
    relayGas,
    /**
     * Sends beats that others have signed; their fees are credited to the account that sends. Anyone.
     * @throws ClientError `TOO_MUCH_GAS` if they do not fit into a transaction
     */
    relay: context.write(
      async ({ beats }: { readonly beats: readonly RelayableBeat[] }) => {
        const gasOf = async (beat: RelayableBeat) =>
          beat.gas ?? (await relayGas(beat).catch(() => refusedGas(beat.beat)));
        const gasLimit = relayGasLimit(await Promise.all(beats.map(gasOf)));
        if (gasLimit > MAX_TRANSACTION_GAS) {
          const most = `a transaction has at most ${MAX_TRANSACTION_GAS} (EIP-7825)`;
          throw new ClientError(
            "TOO_MUCH_GAS",
            `${beats.length} beats may need ${gasLimit} gas, and ${most}: relay fewer`,
          );
        }
        const args = [beats.map(({ beat }) => beat), beats.map(({ signature }) => signature)];
        return { contract: "consensus", name: "beatFor", args, gasLimit };
      },
      (events): RelayResult => ({
        relayed: toResults(events),
        skipped: events
          .all("consensus.BeatSkipped")
          .map(({ agentId, reason }) => ({ agentId, reason: toAssayError(reason) })),
      }),
    ),
    /** Settles what is final of a revealed ballot. Anyone; who settles for others earns a share of what is burned. */
    settle: context.write(
      ({ agentId, epoch, receipts }: AgentArgs & Unsettled) => ({
        contract: "consensus",
        name: "settle",
        args: [agentId, epoch, receipts],
      }),
      (events) => events.first("consensus.BallotSettled"),
    ),
    /**
     * Forfeits an overdue ballot, or releases it if its reveal epoch never got a seed. Anyone; who does it for others earns a share.
     * @param args.previous as in the agent's last events
     */
    forfeit: context.write(
      ({ agentId, previous }: AgentArgs & { readonly previous: LinkParts }) => ({
        contract: "consensus",
        name: "forfeit",
        args: [agentId, previous],
      }),
      (events) => ({ forfeited: events.find("consensus.BallotForfeited")?.exposure ?? null }),
    ),
    /** Fixes the seed of the present epoch, if nobody has; every other action does so first. Anyone. */
    roll: context.write(
      (_: void) => ({ contract: "consensus", name: "roll", args: [] }),
      (events) => ({ rolled: events.find("consensus.EpochRolled") }),
    ),
  };
}

/**
 * The ballots of an agent that are revealed and not settled after some events, oldest first.
 * @param events in chain order; those of other kinds and of other agents do not matter
 * @param known those that were so before
 */
export function unsettledOf(
  agentId: bigint,
  events: readonly AnyEvent[],
  known: readonly Unsettled[] = [],
): Unsettled[] {
  const due = new Map(known.map(({ epoch, receipts }) => [epoch, receipts]));
  for (const { name, args } of events) {
    if (name !== "consensus.BallotRevealed" && name !== "consensus.BallotSettled") continue;
    if (args.agentId !== agentId) continue;
    const left = name === "consensus.BallotRevealed" ? args.receipts : args.remainder;
    if (left === "0x") due.delete(args.epoch);
    else due.set(args.epoch, left);
  }
  return [...due].map(([epoch, receipts]) => ({ epoch, receipts })).sort((a, b) => a.epoch - b.epoch);
}

/** What the events of a transaction say of each agent's ballots. */
function toResults(events: ReceiptEvents): BeatResult[] {
  const named = [
    events.all("consensus.BallotCommitted"),
    events.all("consensus.BallotRevealed"),
    events.all("consensus.BallotSettled"),
    events.all("consensus.BallotForfeited"),
    events.all("consensus.CommitSkipped"),
  ] as const;
  const [commits, reveals, settlements, forfeits, refusals] = named;
  const agentIds = new Set(named.flatMap((kind) => kind.map(({ agentId }) => agentId)));
  return [...agentIds].map((agentId): BeatResult => {
    const own = <E extends { readonly agentId: bigint }>(all: readonly E[]): Omit<E, "agentId"> | null => {
      const { agentId: id, ...found } = all.find((event) => event.agentId === agentId) ?? { agentId: null };
      return id === null ? null : (found as Omit<E, "agentId">);
    };
    const refusal = own(refusals);
    return {
      agentId,
      committed: own(commits),
      refused: refusal === null ? null : toAssayError(refusal.reason),
      revealed: own(reveals),
      settled: own(settlements),
      forfeited: own(forfeits)?.exposure ?? null,
    };
  });
}

function refusedGas(relayed: Hex): bigint {
  const { beat } = decodeRelayedBeat(relayed);
  const votes = BigInt(decodeBallot(beat.ballot).length);
  const receipts = BigInt(decodeReceipts(beat.receipts).receipts.length);
  return REFUSED_GAS.beat + votes * REFUSED_GAS.vote + receipts * REFUSED_GAS.receipt;
}
