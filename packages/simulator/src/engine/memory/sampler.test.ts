import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chanceOf } from "../../chance.ts";
import { SeatSampler } from "./sampler.ts";

/** Standard deviations that a figure may be off: a seed in 16,000 fails. */
const BOUND = 4;
const DRAWS = 20_000;

interface Population {
  readonly name: string;
  readonly offered: number;
  /** Units; the total is theirs, or more where others are away. */
  readonly units: readonly number[];
  readonly total?: number;
  /** Units that count, of those that have lost some. */
  readonly backed?: readonly number[];
}

const of = (count: number, units: number) => Array<number>(count).fill(units);

const POPULATIONS: readonly Population[] = [
  { name: "a whale with several whole seats among small stakes", offered: 9, units: [40_000, ...of(600, 100)] },
  { name: "chances of .9 and of .1", offered: 10, units: [...of(9, 1_000), ...of(9, 111), 1] },
  { name: "chances of a half", offered: 10, units: of(20, 1_000) },
  { name: "chances just below a half, where the two ways of drawing meet", offered: 9, units: of(19, 1_023) },
  { name: "tiny equal stakes", offered: 9, units: of(2_000, 7) },
  {
    name: "a mixture over all sizes",
    offered: 31,
    units: [...of(3, 300_000), ...of(7, 60_000), ...of(30, 9_000), ...of(100, 1_500), ...of(400, 130), ...of(50, 1)],
  },
  { name: "whole seats only", offered: 8, units: of(4, 500) },
  { name: "half of the stake lost since it was allocated", offered: 9, units: of(40, 1_000), backed: of(40, 500) },
  {
    name: "some stake lost, some of it all",
    offered: 9,
    units: [...of(30, 1_000), 20_000],
    backed: [...of(10, 1_000), ...of(10, 300), ...of(10, 0), 15_000],
  },
  { name: "stake beyond the table's in the total", offered: 9, units: of(50, 100), total: 12_345 },
];

/** What an agent is due: `floor` and the chance of one more. */
function law({ offered, units, total, backed = units }: Population) {
  const all = total ?? units.reduce((sum, one) => sum + one, 0);
  return backed.map((stake) => {
    const expected = (offered * stake) / all;
    return { whole: Math.floor(expected), chance: expected - Math.floor(expected) };
  });
}

/** Draws with a fixed seed. @returns seats of each agent in each draw, as a list of those that have some */
function draws(population: Population, count: number) {
  const { offered, units, backed = units } = population;
  const total = population.total ?? units.reduce((sum, one) => sum + one, 0);
  const sampler = new SeatSampler(Float64Array.from(units), units.length);
  const chance = chanceOf(1, `sampler/${population.name}`);
  const offer = { offered, total, backed: (agent: number) => backed[agent] as number };
  return Array.from({ length: count }, () => sampler.draw(chance, offer));
}

/** Chances of each number of seats in all, by convolution of the agents' own. */
function totalsLaw(population: Population): number[] {
  let pmf = [1];
  for (const { whole, chance } of law(population)) {
    const next = Array<number>(pmf.length + whole + 1).fill(0);
    pmf.forEach((p, n) => {
      next[n + whole]! += p * (1 - chance);
      next[n + whole + 1]! += p * chance;
    });
    pmf = next;
  }
  return pmf;
}

/** Chi-square of counts against expected ones, those of fewer than five together, in standard deviations from its mean. */
function surprise(counts: readonly number[], expected: readonly number[]): number {
  let [square, cells] = [0, 0];
  const rest = { count: 0, expected: 0 };
  const add = (count: number, mean: number) => {
    square += (count - mean) ** 2 / mean;
    cells++;
  };
  expected.forEach((mean, i) => {
    if (mean >= 5) return add(counts[i] ?? 0, mean);
    rest.count += counts[i] ?? 0;
    rest.expected += mean;
  });
  if (rest.expected >= 5) add(rest.count, rest.expected);
  else assert.ok(rest.count <= rest.expected + 10, `${rest.count} where ${rest.expected} were to be expected`);
  return cells < 2 ? 0 : (square - (cells - 1)) / Math.sqrt(2 * (cells - 1));
}

describe("the sampler of committees", () => {
  for (const population of POPULATIONS) {
    it(`gives each agent the seats of the law: ${population.name}`, () => {
      const due = law(population);
      const more = Array<number>(due.length).fill(0);
      for (const members of draws(population, DRAWS)) {
        const seen = new Set<number>();
        let last = -1;
        for (const { agent, seats } of members) {
          const { whole } = due[agent] as { whole: number };
          assert.ok(agent > last && seats > 0 && (seats === whole || seats === whole + 1), `${agent}: ${seats}`);
          last = agent;
          seen.add(agent);
          if (seats > whole) more[agent]!++;
        }
        due.forEach(({ whole }, agent) => assert.ok(whole === 0 || seen.has(agent)));
      }
      // One more with the chance of the remainder: mean and variance of the seats follow. By class: the agents of equal stake.
      const classes = Map.groupBy(due.keys(), (agent) => due[agent]?.chance as number);
      for (const [chance, agents] of classes) {
        const trials = agents.length * DRAWS;
        const hits = agents.reduce((sum, agent) => sum + (more[agent] as number), 0);
        const deviation = Math.sqrt(trials * chance * (1 - chance));
        assert.ok(Math.abs(hits - trials * chance) <= BOUND * deviation, `${chance}: ${hits} of ${trials}`);
        if (agents.length < 10 || chance === 0) continue;
        // None of the equals is drawn more often than another, beyond chance.
        const square = agents.reduce((sum, agent) => sum + ((more[agent] as number) - DRAWS * chance) ** 2, 0);
        const spread = square / (DRAWS * chance * (1 - chance));
        assert.ok(Math.abs(spread - agents.length) <= BOUND * Math.sqrt(2 * agents.length), `${chance}: ${spread}`);
      }
    });

    it(`gives as many seats in all as the law: ${population.name}`, () => {
      const pmf = totalsLaw(population);
      const counts = Array<number>(pmf.length).fill(0);
      for (const members of draws(population, DRAWS)) counts[members.reduce((sum, { seats }) => sum + seats, 0)]!++;
      const expected = pmf.map((p) => p * DRAWS);
      assert.ok(surprise(counts, expected) <= BOUND, counts.join());
    });
  }

  it("draws every pair of agents independently", () => {
    const population = { name: "pairs", offered: 4, units: [9_000, 4_000, 3_000, 800, 800, 790, 300, 290, 40, 39] };
    const due = law(population);
    const count = 60_000;
    const joint = due.map(() => due.map(() => 0));
    for (const members of draws(population, count)) {
      const more = members.filter(({ agent, seats }) => seats > (due[agent]?.whole as number));
      for (const { agent } of more) for (const other of more) joint[agent]![other.agent]!++;
    }
    due.forEach(({ chance: p }, a) =>
      due.forEach(({ chance: q }, b) => {
        const both = a === b ? p : p * q;
        const deviation = Math.sqrt(count * both * (1 - both));
        const found = joint[a]?.[b] as number;
        assert.ok(Math.abs(found - count * both) <= BOUND * deviation, `${a} and ${b}: ${found} of ${count * both}`);
      }),
    );
  });

  it("draws nobody where there is no stake", () => {
    const sampler = new SeatSampler(new Float64Array(3), 3);
    assert.deepEqual(sampler.draw(chanceOf(1, "none"), { offered: 9, total: 0, backed: () => 0 }), []);
  });

  it("takes no longer with more agents", () => {
    // Counted, not timed: how often chance is asked.
    const uses = (agents: number) => {
      const chance = chanceOf(1, "uses");
      let used = 0;
      const counted = { ...chance, real: () => (used++, chance.real()) };
      const sampler = new SeatSampler(new Float64Array(agents).fill(1_000), agents);
      const offer = { offered: 9, total: agents * 1_000, backed: () => 1_000 };
      for (let i = 0; i < 1_000; i++) sampler.draw(counted, offer);
      return used / 1_000;
    };
    // Each of about nine seats takes a gap and a try, of which THINNING says how many fail.
    assert.ok(uses(1_000) < 30 && uses(200_000) < 30);
  });
});
