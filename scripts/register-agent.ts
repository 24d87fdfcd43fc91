import { runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly uri?: string;
}

await runScript<Options>(
  {
    name: "register-agent",
    summary: "Registers an agent (ERC-8004) that the account owns and is the wallet of",
    example: "--network sepolia --uri https://example.org/agent.json",
    configure: (program) => program.option("--uri <uri>", "URI of the agent's registration file"),
  },
  async ({ account, assay, sender }, { uri }) => {
    const { agentId } = await sender.send("register the agent", assay.agents.register({ uri }));
    return {
      lines: [`agent ${agentId} belongs to ${account.address}`],
      data: { agentId, owner: account.address },
      next: [`stake --agent ${agentId} --amount 3000`],
    };
  },
);
