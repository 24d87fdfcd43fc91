import { parseAddress, parseAgentId } from "./lib/input.ts";
import { requireAgent } from "./lib/lookup.ts";
import { fail, runScript } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent: bigint;
  readonly add?: string;
  readonly retire?: string;
}

await runScript<Options>(
  {
    name: "signer",
    summary: "Adds or retires an account that signs statements for an agent; only the agent's owner",
    example: "--network sepolia --agent 0 --add 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    configure: (program) =>
      program
        .requiredOption("--agent <id>", "agent", parseAgentId)
        .option("--add <address>", "account with a key of its own", parseAddress)
        .option("--retire <address>", "what it has signed stays challengeable for 18 epochs", parseAddress),
  },
  async (session, { agent, add, retire }) => {
    const { assay, sender } = session;
    const { claims } = assay;
    const signer = add ?? retire;
    if (signer === undefined || (add !== undefined && retire !== undefined)) fail("give either --add or --retire");
    await requireAgent(session, agent);
    const change = { agentId: agent, signer };
    if (add === undefined) await sender.send("retire the signer", claims.retireSigner(change));
    else await sender.send("add the signer", claims.addSigner(change));
    const until = await claims.answerableUntil(agent, signer);
    return {
      lines: [
        add === undefined
          ? `${signer} signs no more for agent ${agent}; what it signed can be challenged before epoch ${until}`
          : `${signer} may sign statements for agent ${agent}`,
      ],
      data: { agentId: agent, signer, added: add !== undefined, answerableUntil: until },
      next: add === undefined ? [] : [`pledge --agent ${agent} --raise 200`],
    };
  },
);
