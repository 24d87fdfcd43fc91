import { DOMAIN_BOUNDS } from "@assay/protocol";
import { TASK_NAMES, type TaskName } from "@assay/models";
import { BOND_PER_FEE, DOMAIN_DEFAULTS, MIN_STAKE_COMMITTEES } from "@assay/sdk";
import { Option } from "commander";
import { parseAmount, parseCount } from "./lib/input.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";
import { describeTask } from "./lib/verifiers.ts";

interface Options extends CommonOptions {
  readonly outcomes: number;
  readonly seats: number;
  readonly supermajorityBps: number;
  readonly maxRounds: number;
  readonly seatFee: string;
  readonly seatBond?: string;
  readonly burnBps: number;
  readonly minStake?: string;
  readonly silentEpochs: number;
  readonly assertionWindow: number;
  readonly openAnswers: boolean;
  readonly uri?: string;
  readonly task?: TaskName;
}

await runScript<Options>(
  {
    name: "create-domain",
    summary: "Creates a domain, for ever: nobody can change its parameters",
    example: "--network sepolia --task language",
    help: "Bounds and meaning of every parameter: docs/parameters.md",
    configure: (program) =>
      program
        .option("--outcomes <n>", "outcomes of a question", parseCount, DOMAIN_DEFAULTS.outcomes)
        .option("--seats <n>", "seats of a first committee", parseCount, DOMAIN_DEFAULTS.seats)
        .option(
          "--supermajority-bps <bps>",
          "share of the weight that decides",
          parseCount,
          DOMAIN_DEFAULTS.supermajorityBps,
        )
        .option("--max-rounds <n>", "rounds of a question", parseCount, DOMAIN_DEFAULTS.maxRounds)
        .option("--seat-fee <tokens>", "fee of a seat", parseAmount, "1")
        .option("--seat-bond <tokens>", "what a seat risks (default: 24 fees)", parseAmount)
        .option("--burn-bps <bps>", "share of losses that goes to the sink", parseCount, DOMAIN_DEFAULTS.burnBps)
        .option("--min-stake <tokens>", "no question below it (default: bonds of 10 committees)", parseAmount)
        .option(
          "--silent-epochs <n>",
          "silence after which an allocation may be trimmed",
          parseCount,
          DOMAIN_DEFAULTS.silentEpochs,
        )
        .option(
          "--assertion-window <epochs>",
          "how long an assertion can be disputed",
          parseCount,
          DOMAIN_DEFAULTS.assertionWindow,
        )
        .option("--open-answers", "outcome numbers mean nothing from question to question", false)
        .option("--uri <uri>", "describes what questions and outcomes mean")
        .addOption(
          new Option("--task <name>", "describe it as a task that run-agents has models for").choices(TASK_NAMES),
        ),
  },
  async (session, options) => {
    const { assay, sender, tokens } = session;
    const { uri, task } = options;
    if (uri !== undefined && task !== undefined) fail("give --uri or --task, not both");
    if (task !== undefined && options.outcomes !== 2) fail(`the task ${task} has 2 outcomes`);
    const seatFee = session.amount(options.seatFee);
    const seatBond = options.seatBond === undefined ? seatFee * BOND_PER_FEE : session.amount(options.seatBond);
    const committee = BigInt(options.seats) * seatBond;
    const minStake =
      options.minStake === undefined ? committee * MIN_STAKE_COMMITTEES : session.amount(options.minStake);
    const { outcomes, seats, supermajorityBps, maxRounds, burnBps, silentEpochs, assertionWindow, openAnswers } =
      options;
    const numbers = { outcomes, seats, supermajorityBps, maxRounds, burnBps, silentEpochs, assertionWindow };
    for (const [name, value] of Object.entries(numbers)) {
      const [least, most] = DOMAIN_BOUNDS[name as keyof typeof numbers];
      if (value < least || value > most) fail(`${name} must be from ${least} to ${most}, not ${value}`);
    }
    const [lowest, highest] = DOMAIN_BOUNDS.bondFactor;
    if (seatBond < seatFee * BigInt(lowest) || seatBond > seatFee * BigInt(highest)) {
      fail(`a seat's bond must be ${lowest} to ${highest} of its fees: ${tokens(seatBond)} is not`);
    }
    if (minStake < committee) fail(`the minimum stake must be at least ${tokens(committee)}, the bonds of a committee`);
    const parameters = { ...numbers, seatFee, seatBond, minStake, openAnswers };
    const description = task === undefined ? (uri ?? "") : describeTask(task);
    const creation = assay.domains.create({ parameters, uri: description });
    const { domainId } = await sender.send("create the domain", creation);
    return {
      lines: [
        `domain ${domainId}: ${seats} seats of ${tokens(seatFee)} each, ${tokens(seatBond)} at risk a seat`,
        `questions can be asked once agents have allocated ${tokens(minStake)}`,
      ],
      data: { domainId, parameters, uri: description },
      next: [`join --agent 0 --domain ${domainId} --amount 3000`],
    };
  },
);
