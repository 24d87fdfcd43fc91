import { agentStatus } from "../packages/cli/src/lib/agent-status.ts";
import { parseAgentId } from "./lib/input.ts";
import { requireAgent } from "./lib/lookup.ts";
import { runReader } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent: bigint;
}

await runReader<Options>(
  {
    name: "agent-status",
    summary: "Shows an agent's stake, ballots, allocations and trust",
    example: "--network sepolia --agent 0",
    configure: (program) => program.requiredOption("--agent <id>", "agent", parseAgentId),
  },
  async (session, { agent: agentId }) => {
    await requireAgent(session, agentId);
    return agentStatus(session, agentId);
  },
);
