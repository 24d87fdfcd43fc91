import { chanceOf } from "../chance.ts";
import { UNIT } from "../engine/domain.ts";
import { SimulatorError } from "../errors.ts";
import type { Config } from "../model/config.ts";
import type { Tasks } from "../model/tasks.ts";
import { strategyKind } from "../strategies/strategies.ts";
import { dealWorkers } from "./deal.ts";

/** An agent before it is enrolled. */
export interface Person {
  readonly name: string;
  readonly strategy: string;
  readonly honest: boolean;
  /** Index into the configuration's groups; `null`: honest, of none. */
  readonly group: number | null;
  /** Whose answers, or whose gaps, it has: a worker of the data. */
  readonly worker: number;
  /** Wei, whole units. */
  readonly stake: bigint;
}

/** Precision of shares of stake. */
const MILLIONTHS = 1_000_000n;

/**
 * Everybody, the honest first, then group by group.
 *
 * The data's workers are dealt out by chance, but so that the share of a group in the identities is its share in the answers: see
 * `dealWorkers`. Every agent, whatever it says, has an answer to the items that its worker has one to. A group's stake is split between
 * its members.
 * @throws SimulatorError `BAD_CONFIG` if the groups leave no honest agent
 */
export function populationOf(config: Config, { workers, answers }: Pick<Tasks, "workers" | "answers">): Person[] {
  const { groups, stake, seed } = config;
  const total = config.agents ?? workers.length;
  const sizes = groups.map(({ identities }) => Math.max(1, Math.round(identities * total)));
  const honest = total - sizes.reduce((sum, size) => sum + size, 0);
  if (honest < 1) {
    const list = groups.map(({ strategy }, i) => `${strategy} ${sizes[i]}`).join(", ");
    throw new SimulatorError("BAD_CONFIG", `${total} agents leave none honest: ${list}`);
  }
  const activity = workers.map(() => 0);
  for (const of of answers) for (const worker of of.keys()) activity[worker] = (activity[worker] as number) + 1;
  const [honestWorkers = [], ...groupWorkers] = dealWorkers(activity, [honest, ...sizes], chanceOf(seed, "population"));
  const copies = new Map<number, number>();
  const people = honestWorkers.map((worker): Person => {
    const copy = (copies.get(worker) ?? 0) + 1;
    copies.set(worker, copy);
    const name = `${workers[worker]}${copy === 1 ? "" : ` (${copy})`}`;
    return { name, strategy: "honest", honest: true, group: null, worker, stake: wholeUnits(stake) };
  });
  const taken = groups.reduce((sum, group) => sum + millionths(group.stake), 0n);
  const honestStake = BigInt(honest) * wholeUnits(stake);
  groups.forEach((group, index) => {
    const size = sizes[index] as number;
    const own = (honestStake * millionths(group.stake)) / (MILLIONTHS - taken);
    const each = wholeUnits(own / BigInt(size));
    if (each < UNIT) throw new SimulatorError("BAD_CONFIG", `${group.strategy}: too little stake for ${size} agents`);
    const { name, honest: good } = strategyKind(group.strategy);
    groupWorkers[index]?.forEach((worker, i) => {
      people.push({ name: `${name} ${i + 1}`, strategy: name, honest: good, group: index, worker, stake: each });
    });
  });
  return people;
}

function wholeUnits(wei: bigint): bigint {
  return wei - (wei % UNIT);
}

function millionths(share: number): bigint {
  return BigInt(Math.round(share * Number(MILLIONTHS)));
}
