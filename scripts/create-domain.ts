import { TASK_NAMES, type TaskName } from "@assay/models";
import { Option } from "commander";
import { type DomainOptions, domainOptions, parametersOf } from "../packages/cli/src/lib/domain-options.ts";
import { addOptions } from "./lib/options.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";
import { describeTask } from "./lib/verifiers.ts";

interface Options extends CommonOptions, DomainOptions {
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
      addOptions(program, domainOptions())
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
    const parameters = parametersOf(options, session);
    const { seats, seatFee, seatBond, minStake } = parameters;
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
