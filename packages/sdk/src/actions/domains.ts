import type { Context } from "../context.ts";
import { ClientError } from "../errors/assay-error.ts";
import { ALLOCATION_DELAY, DOMAIN_BOUNDS, type Hex } from "../protocol.ts";
import { joinReads, mapRead, type Read, view } from "../reads.ts";
import type { Mined } from "../writes.ts";
import type { agentActions } from "./agents.ts";
import type { AgentArgs } from "./stake.ts";

/** Parameters of a domain, which never change (docs/parameters.md). */
export interface DomainParameters {
  /** K: 2 to 16. */
  readonly outcomes: number;
  /** k of the first round: 3 to 255. */
  readonly seats: number;
  /** Share of the weight that decides before the last round: 5,001 to 10,000. */
  readonly supermajorityBps: number;
  /** 1 to 4. */
  readonly maxRounds: number;
  /** Wei, 1 to 2^79. */
  readonly seatFee: bigint;
  /** Wei, 8 to 64 seat fees. */
  readonly seatBond: bigint;
  /** Share of losses that goes to the sink: 1,000 to 5,000. */
  readonly burnBps: number;
  /** Wei, at least the bonds of a committee. */
  readonly minStake: bigint;
  /** Epochs of silence after which an allocation may be trimmed: 16 to 65,535. */
  readonly silentEpochs: number;
  /** Epochs in which an assertion can be disputed: 1 to 1,024. */
  readonly assertionWindow: number;
  /** Outcome numbers mean nothing from question to question. */
  readonly openAnswers: boolean;
}

/** A seat's bond, in fees of a seat, unless told otherwise. */
export const BOND_PER_FEE = 24n;
/** A domain's minimum stake, in bonds of a first committee, unless told otherwise. */
export const MIN_STAKE_COMMITTEES = 10n;

/** Defaults of a domain's numbers (docs/parameters.md). */
export const DOMAIN_DEFAULTS = {
  outcomes: 2,
  seats: 9,
  supermajorityBps: 6_667,
  maxRounds: 3,
  burnBps: 1_000,
  silentEpochs: 64,
  assertionWindow: 2,
} as const;

/** What a domain is to be; all but the fee has a default. */
export type DomainChoice = Pick<DomainParameters, "seatFee"> & Partial<DomainParameters>;

/**
 * The parameters of a domain: the defaults where nothing is chosen, 24 fees as the bond of a seat, and the bonds of ten committees as
 * the minimum stake.
 * @param tokens how an amount of wei is written in an error
 * @throws ClientError `BAD_INPUT` where the contract would refuse them, naming the parameter and its bounds
 * @example
 * await assay.domains.create({ parameters: domainParameters({ seatFee: 10n ** 18n, outcomes: 3 }) });
 */
export function domainParameters(choice: DomainChoice, tokens = (wei: bigint) => `${wei} wei`): DomainParameters {
  const numbers = Object.fromEntries(
    Object.entries(DOMAIN_DEFAULTS).map(([name, usual]) => [
      name,
      choice[name as keyof typeof DOMAIN_DEFAULTS] ?? usual,
    ]),
  ) as Record<keyof typeof DOMAIN_DEFAULTS, number>;
  for (const [name, value] of Object.entries(numbers)) {
    const [least, most] = DOMAIN_BOUNDS[name as keyof typeof numbers];
    if (value < least || value > most) refuse(`${name} must be from ${least} to ${most}, not ${value}`);
  }
  const { seatFee, seatBond = BOND_PER_FEE * seatFee, openAnswers = false } = choice;
  const committee = BigInt(numbers.seats) * seatBond;
  const { minStake = MIN_STAKE_COMMITTEES * committee } = choice;
  const [lowest, highest] = DOMAIN_BOUNDS.bondFactor;
  if (seatBond < seatFee * BigInt(lowest) || seatBond > seatFee * BigInt(highest)) {
    refuse(`a seat's bond must be ${lowest} to ${highest} of its fees: ${tokens(seatBond)} is not`);
  }
  if (minStake < committee) refuse(`the minimum stake must be at least ${tokens(committee)}, the bonds of a committee`);
  const { outcomes, seats, supermajorityBps, maxRounds, burnBps, silentEpochs, assertionWindow } = numbers;
  // In the order of the contracts' struct.
  const ahead = { outcomes, seats, supermajorityBps, maxRounds, seatFee, seatBond };
  return { ...ahead, burnBps, minStake, silentEpochs, assertionWindow, openAnswers };
}

function refuse(message: string): never {
  throw new ClientError("BAD_INPUT", message);
}

/** Why no question can be asked in a domain now. */
export interface Shortfall {
  /** Stake that counts in the next epoch, wei. */
  readonly next: bigint;
  /** Minimum stake of the domain, wei. */
  readonly minStake: bigint;
  /** Epoch from which enough counts; null if more agents must join. */
  readonly enoughFrom: number | null;
}

/** Stake in a domain. */
export interface Allocation {
  /** Allocation units. */
  readonly units: bigint;
  /** Wei. */
  readonly amount: bigint;
}

/** An agent's place in a domain. */
export interface PlaceArgs extends AgentArgs {
  readonly domainId: number;
}

/** Domains, and the stake that agents allocate to them. */
export function domainActions(context: Context, agents: ReturnType<typeof agentActions>) {
  const inWei = (units: Read<bigint>): Read<Allocation> =>
    mapRead(joinReads({ units, unit: view("consensus", "allocationUnit", []) }), ({ units: found, unit }) => ({
      units: found,
      amount: found * unit,
    }));
  const allocate = context.write(
    ({ agentId, domainId, amount }: PlaceArgs & { readonly amount: bigint }) => ({
      contract: "consensus",
      name: "allocate",
      args: [agentId, domainId, amount],
    }),
    (events) => events.first("consensus.Allocated"),
  );
  const get = context.read((domainId: number) => mapRead(view("consensus", "domain", [domainId]), toParameters));
  const terms = context.read((domainId: number) => view("consensus", "deskTerms", [domainId]));
  const total = context.read((domainId: number, epoch: number) =>
    inWei(view("consensus", "totalAllocation", [domainId, epoch])),
  );
  return {
    /** Parameters of a domain. @throws ContractError `UNKNOWN_DOMAIN` */
    get,
    /** Fee of a first round (wei), outcomes, window of disputes (epochs), and whether a question asked now would find the minimum stake. */
    terms,
    /** Stake of all agents, as it counts in an epoch: exact from the last epoch on. */
    total,
    /** Stake of an agent, as it counts in an epoch. */
    allocation: context.read((agentId: bigint, domainId: number, epoch: number) =>
      inWei(view("consensus", "allocation", [agentId, domainId, epoch])),
    ),
    /** Running counts of final outcomes (Q8), and participation (Q16). */
    statistics: context.read((domainId: number) =>
      mapRead(view("consensus", "statistics", [domainId]), ({ counts, participation }) => ({
        counts: counts.map(Number),
        participation: Number(participation),
      })),
    ),
    /**
     * What a domain lacks for a question asked now; null if it lacks nothing.
     * @throws ContractError `UNKNOWN_DOMAIN`
     */
    shortfall: async (domainId: number): Promise<Shortfall | null> => {
      const { found, epoch } = await context.reader.read(
        joinReads({ found: terms.request(domainId), epoch: view("consensus", "currentEpoch", []) }),
      );
      if (found.active) return null;
      const enoughFrom = epoch + ALLOCATION_DELAY;
      const { parameters, next, later } = await context.reader.read(
        joinReads({
          parameters: get.request(domainId),
          next: total.request(domainId, epoch + 1),
          later: total.request(domainId, enoughFrom),
        }),
      );
      const { minStake } = parameters;
      return { next: next.amount, minStake, enoughFrom: later.amount >= minStake ? enoughFrom : null };
    },
    /** Every domain, as its creator described it, in their order. */
    list: async () => {
      const events = await context.history("consensus.DomainCreated");
      return events.map(({ args: { parameters, ...rest } }) => ({ ...rest, parameters: toParameters(parameters) }));
    },
    /** URI that says what a domain's questions and outcomes mean; null if there is no such domain. */
    uri: async (domainId: number): Promise<string | null> => {
      const [event] = await context.history({ name: "consensus.DomainCreated", args: { domainId } });
      return event?.args.uri ?? null;
    },

    /** Creates a domain, for ever. */
    create: context.write(
      ({ parameters, uri = "" }: { readonly parameters: DomainParameters; readonly uri?: string }) => ({
        contract: "consensus",
        name: "createDomain",
        args: [parameters, uri],
      }),
      (events) => ({ domainId: events.first("consensus.DomainCreated").domainId }),
    ),
    /** Says how much of an agent's stake stands behind its seats, from the epoch after the next. The agent's owner or wallet. */
    allocate,
    /** Takes an agent's stake out of a domain, from the epoch after the next. The agent's owner or wallet. */
    leave: context.write(
      ({ agentId, domainId }: PlaceArgs) => ({
        contract: "consensus",
        name: "allocate",
        args: [agentId, domainId, 0n],
      }),
      (events) => events.first("consensus.Allocated"),
    ),
    /** Lowers an allocation to what the agent still has, or to nothing if it has been silent for too long. Anyone. */
    trim: context.write(
      ({ agentId, domainId }: PlaceArgs) => ({ contract: "consensus", name: "trim", args: [agentId, domainId] }),
      (events) => events.first("consensus.Allocated"),
    ),
    /**
     * Enrolls an agent that is not enrolled yet, then allocates. Whoever votes with the chain must have kept it before.
     * @param args.anchor of its chain of secrets; needed unless the agent is enrolled
     * @throws ClientError `BAD_INPUT` if it is needed and missing; otherwise as `enroll` and `allocate`
     */
    join: async ({ anchor, ...place }: PlaceArgs & { readonly amount: bigint; readonly anchor?: Hex }) => {
      const { agentId } = place;
      const { owner: enrolledFor } = await agents.state(agentId);
      let enrolment: Mined<{ readonly firstEpoch: number }> | null = null;
      if (enrolledFor === null || enrolledFor !== (await agents.owner(agentId))) {
        if (anchor === undefined) {
          throw new ClientError(
            "BAD_INPUT",
            `agent ${agentId} is not enrolled: give the anchor of its chain of secrets`,
          );
        }
        enrolment = await (await agents.enroll({ agentId, anchor })).wait();
      }
      const allocation = await (await allocate(place)).wait();
      return { enrolment, allocation };
    },
  };
}

type RawParameters = { readonly [K in keyof DomainParameters]: K extends "openAnswers" ? boolean : bigint };

function toParameters(raw: RawParameters): DomainParameters {
  return {
    outcomes: Number(raw.outcomes),
    seats: Number(raw.seats),
    supermajorityBps: Number(raw.supermajorityBps),
    maxRounds: Number(raw.maxRounds),
    seatFee: raw.seatFee,
    seatBond: raw.seatBond,
    burnBps: Number(raw.burnBps),
    minStake: raw.minStake,
    silentEpochs: Number(raw.silentEpochs),
    assertionWindow: Number(raw.assertionWindow),
    openAnswers: raw.openAnswers,
  };
}
