/**
 * A process in which a sampled engine runs a population whose agents are right as often as their accuracy says. Its argument is a
 * `PopulationErrand` as JSON; it prints a `PopulationRun`.
 */
import type { Beat, QuestionIndex, Rules, Vote } from "@assay/simulator";
import { chanceOf } from "@assay/simulator/chance";
import { MemoryEngine } from "@assay/simulator/memory";

export interface PopulationErrand {
  readonly agents: number;
  /** Asked in an epoch. */
  readonly questions: number;
  /** In which questions are asked. */
  readonly epochs: number;
}

/** Time of a stretch of a run, milliseconds. */
export interface Stretch {
  readonly wall: number;
  readonly cpu: number;
}

export interface PopulationRun extends PopulationErrand {
  readonly votes: number;
  /** Resolved with the truth. */
  readonly right: number;
  readonly asked: number;
  /** Start of the process, and enrolment. */
  readonly setUp: Stretch;
  /** All epochs, until everything is settled. */
  readonly run: Stretch;
  /** Peak of resident memory, bytes. */
  readonly memory: number;
}

const TOKEN = 10n ** 18n;
const SEED = 1;
/** The usual ones, written out: the SDK that has them would be in the memory that is measured. */
const RULES: Rules = {
  outcomes: 2,
  seats: 9,
  supermajorityBps: 6_667,
  maxRounds: 3,
  seatFee: TOKEN,
  seatBond: 24n * TOKEN,
  burnBps: 1_000,
  openAnswers: false,
  without: [],
};

console.log(JSON.stringify(await live(JSON.parse(process.argv[2] ?? "{}") as PopulationErrand)));

async function live(errand: PopulationErrand): Promise<PopulationRun> {
  const engine = new MemoryEngine({ rules: RULES, mode: "sampled", seed: SEED });
  const chance = chanceOf(SEED, "population");
  const stakes = Array.from({ length: errand.agents }, () => ({ stake: BigInt(500 + chance.below(1_000)) * TOKEN }));
  const agents = await engine.enrol(stakes);
  const accuracies = Float32Array.from(agents, () => 0.6 + 0.35 * chance.real());
  await engine.advance();
  const setUp = { wall: performance.now(), cpu: cpuTime() };

  const truths: number[] = [];
  let votes = 0;
  const ask = async () => {
    await engine.ask(Array.from({ length: errand.questions }, () => ({ purse: 0, budgetRounds: 1 })));
    for (let i = 0; i < errand.questions; i++) truths.push(chance.below(RULES.outcomes));
  };
  const beats = async (): Promise<Beat[]> => {
    const ballots = new Map<number, Vote[]>();
    for (const { question, members } of await engine.committees()) {
      const truth = truths[question] as number;
      for (const { agent } of members) {
        const outcome = chance.holds(accuracies[agent] as number) ? truth : 1 - truth;
        const ballot = ballots.get(agent);
        if (ballot === undefined) ballots.set(agent, [{ question, outcome }]);
        else ballot.push({ question, outcome });
        votes++;
      }
    }
    return [...ballots].map(([agent, ballot]) => ({ agent, reveal: true, votes: ballot }));
  };

  // Questions by the epoch in which their last vote can be taken further.
  const appealable = new Map<number, QuestionIndex[]>();
  let open = 0;
  for (let asked = 0; asked <= errand.epochs || open > 0; asked++) {
    if (asked < errand.epochs) {
      await ask();
      open += errand.questions;
    }
    open -= (await engine.advance()).finalized.length;
    const voted = (await engine.committees()).map(({ question }) => question);
    appealable.set(engine.epoch() + 2, voted);
    await engine.beat(await beats());
    const due = appealable.get(engine.epoch()) ?? [];
    const verdicts = await engine.verdicts(due);
    for (const [i, question] of due.entries()) {
      const { status, rounds } = verdicts[i] ?? {};
      if (status === "undecided" && rounds === 1) await engine.spendBudget(question);
    }
  }
  await engine.settleAll(agents);
  engine.audit();

  const verdicts = await engine.verdicts(truths.map((_, question) => question));
  const right = verdicts.filter(({ status, outcome }, i) => status === "resolved" && outcome === truths[i]).length;
  return {
    ...errand,
    ...{ votes, right, asked: truths.length, setUp },
    run: { wall: performance.now() - setUp.wall, cpu: cpuTime() - setUp.cpu },
    memory: process.resourceUsage().maxRSS * 1_024,
  };
}

/** Of this process, milliseconds. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
