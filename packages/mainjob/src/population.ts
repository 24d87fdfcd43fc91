import type { Answer } from "@assay/agent";
import { createModels, type Item, type Model, MODEL_KINDS } from "@assay/models";
import { chance } from "./chance.ts";
import { type Domain, PARAMETERS, TOKEN } from "./domains.ts";
import type { Options } from "./options.ts";

export type Role = "honest" | "lazy" | "random" | "colluding";

/** An agent as the run sets it up, before it has an id on chain. */
export interface Member {
  /** The model's id, or e.g. `lazy-1`. */
  readonly name: string;
  /** The model's kind; of an adversary, its role. */
  readonly kind: string;
  readonly role: Role;
  readonly domain: Domain;
  /** Wei behind its seats. */
  readonly stake: bigint;
  /** Whether its model was built from the very text it is asked about. */
  readonly contaminated: boolean;
  /** Least confidence that it votes with, 0 to 1. */
  readonly minConfidence: number;
  /** Its answer, also where it would rather not vote. */
  readonly answer: (item: Item) => Answer;
}

/** An honest agent leaves out what its model believes with less than this. Twice as likely right as wrong is not enough to gain. */
export const ABSTAIN_BELOW = 0.8;
/** Share of the claims that colluders agree to answer wrongly. They are told the truth, which makes them as harmful as can be. */
export const COLLUSION_SHARE = 0.5;
/** The usual answer: most messages are no spam; of the language claims neither answer is rare. */
const USUAL_OUTCOME = 0;
/** In this order, again and again; half of the adversaries collude. */
const ADVERSARIES: readonly Role[] = ["colluding", "colluding", "lazy", "random"];
/** Least stake of an honest agent, wei. */
const LEAST_STAKE = 3_000n * TOKEN;

/** A quick run's models learn from less. */
const QUICK_SHARD = { shardSize: 100 };

/** Trains the models and sets up everybody: honest agents first, then the adversaries of each domain. */
export async function createPopulation(domains: readonly Domain[], options: Options): Promise<Member[]> {
  const members = await Promise.all(domains.map((domain) => populate(domain, options)));
  return members.flat();
}

async function populate(domain: Domain, options: Options): Promise<Member[]> {
  const { seed, adversaries, claims, epochs } = options;
  const bad = adversaries === 0 ? 0 : Math.max(1, Math.round(domain.agents * adversaries));
  const good = domain.agents - bad;
  const models = await modelsOf(domain, good, options);
  const stake = honestStake(claims / epochs / 2, domain.agents);
  // Exactly the share asked for, however many adversaries it is split between.
  const badStake = bad === 0 ? 0n : share(stake * BigInt(good), adversaries) / BigInt(bad);
  const ringleader = models[0] as Model;
  const counts = new Map<Role, number>();
  return [
    ...models.map((model) => honest(domain, model, stake)),
    ...Array.from({ length: bad }, (_, i) => {
      const role = ADVERSARIES[i % ADVERSARIES.length] as Role;
      const n = (counts.get(role) ?? 0) + 1;
      counts.set(role, n);
      const name = `${role}-${n}`;
      const answer = adversary(role, `${domain.name}/${name}`, domain, ringleader, seed);
      const certain = (item: Item) => ({ outcome: answer(item), confidence: 1 });
      return {
        ...{ name, kind: role, role, domain, stake: badStake, contaminated: false, minConfidence: 0, answer: certain },
      };
    }),
  ];
}

/** As many models as there are honest agents, all kinds before the second of any. */
async function modelsOf(
  domain: Domain,
  count: number,
  { seed, quick, withoutContaminated }: Options,
): Promise<Model[]> {
  for (let perKind = Math.ceil(count / MODEL_KINDS[domain.name].length); ; perKind++) {
    const models = await createModels(domain.task, { seed, perKind, ...(quick ? QUICK_SHARD : {}) });
    const kept = models.filter(({ contaminated }) => !withoutContaminated || contaminated !== true);
    if (kept.length >= count) return kept.slice(0, count);
  }
}

/** Stake of the adversaries together when the honest have `honest`, wei. */
function share(honest: bigint, adversaries: number): bigint {
  const millionths = BigInt(Math.round(adversaries * 1e6));
  return (honest * millionths) / (1_000_000n - millionths);
}

/** Covers twice over the bonds of the seats an agent may hold until a ballot is settled: those of four epochs. */
function honestStake(questionsPerEpoch: number, agents: number): bigint {
  const seatsPerEpoch = Math.ceil((questionsPerEpoch * PARAMETERS.seats * 1.5) / agents);
  const needed = BigInt(2 * 4 * seatsPerEpoch) * PARAMETERS.seatBond;
  return needed > LEAST_STAKE ? needed : LEAST_STAKE;
}

function honest(domain: Domain, model: Model, stake: bigint): Member {
  const known = new Map<string, Answer>();
  const answer = (item: Item) => {
    const before = known.get(item.id);
    if (before !== undefined) return before;
    const prediction = model.predict(item);
    known.set(item.id, prediction);
    return prediction;
  };
  return {
    name: model.id,
    kind: model.kind,
    role: "honest",
    domain,
    stake,
    contaminated: model.contaminated === true,
    minConfidence: ABSTAIN_BELOW,
    answer,
  };
}

function adversary(role: Role, name: string, domain: Domain, ringleader: Model, seed: number): (item: Item) => number {
  if (role === "lazy") return () => USUAL_OUTCOME;
  if (role === "random") return (item) => (chance(seed, `random/${name}/${item.id}`) < 0.5 ? 0 : 1);
  return (item) =>
    chance(seed, `collusion/${domain.name}/${item.id}`) < COLLUSION_SHARE
      ? 1 - item.truth
      : ringleader.predict(item).outcome;
}
