import { ZeroAddress } from "ethers";
import { parseAgentId } from "./lib/input.ts";
import { domainsOf, requireAgent } from "./lib/lookup.ts";
import { runReader } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly agent: bigint;
}

/** Trust weights are Q8. */
const ONE = 256;

await runReader<Options>(
  {
    name: "agent-status",
    summary: "Shows an agent's stake, ballots, allocations and trust",
    example: "--network sepolia --agent 0",
    configure: (program) => program.requiredOption("--agent <id>", "agent", parseAgentId),
  },
  async (session, { agent: agentId }) => {
    const { contracts, tokens } = session;
    const { consensus, registry, vault } = contracts;
    const owner = await requireAgent(session, agentId);
    const [wallet, stake, withdrawal, state, epoch, unit, domainIds] = await Promise.all([
      registry.getAgentWallet(agentId),
      vault.account(agentId),
      vault.withdrawalOf(agentId),
      consensus.agent(agentId),
      consensus.currentEpoch(),
      consensus.allocationUnit(),
      domainsOf(session, agentId),
    ]);
    const domains = await Promise.all(
      domainIds.map(async (domainId) => {
        const [now, coming, total, trust] = await Promise.all([
          consensus.allocation(agentId, domainId, epoch),
          consensus.allocation(agentId, domainId, epoch + 2n),
          consensus.totalAllocation(domainId, epoch),
          consensus.trust(agentId, domainId),
        ]);
        return {
          domainId,
          allocation: now * unit,
          comingAllocation: coming * unit,
          domainTotal: total * unit,
          verdicts: trust.verdicts,
          weight: Number(trust.weight) / ONE,
        };
      }),
    );
    const enrolled = state.owner !== ZeroAddress;
    const pendingBallots = [...Array(16).keys()].filter((bit) => (Number(state.ring) & (1 << bit)) !== 0).length;
    const { balance, locked, pledged, withdrawing, free } = stake;
    const lines = [
      `agent ${agentId}: owner ${owner}, wallet ${wallet}; epoch ${epoch}`,
      `stake ${tokens(balance)}: locked ${tokens(locked)}, pledged ${tokens(pledged)}, withdrawing ${tokens(withdrawing)}, free ${tokens(free)}`,
      ...(withdrawing > 0n ? [`withdrawal to be had from epoch ${withdrawal.availableFrom}`] : []),
      enrolled
        ? `enrolled; last ballot in epoch ${state.lastEpoch}${state.ballotOpen ? ", to be revealed" : ""}; ${pendingBallots} revealed and unsettled`
        : "not enrolled",
      ...domains.map(
        (d) =>
          `domain ${d.domainId}: ${tokens(d.allocation)} of ${tokens(d.domainTotal)}${d.comingAllocation === d.allocation ? "" : ` (${tokens(d.comingAllocation)} from epoch ${epoch + 2n})`}, ${d.verdicts} verdicts, weight ${d.weight.toFixed(2)}`,
      ),
    ];
    return {
      lines,
      data: {
        agentId,
        owner,
        wallet,
        epoch,
        enrolled,
        lastEpoch: state.lastEpoch,
        ballotOpen: state.ballotOpen,
        unsettledBallots: pendingBallots,
        stake: { balance, locked, pledged, withdrawing, free },
        withdrawalAvailableFrom: withdrawing > 0n ? withdrawal.availableFrom : null,
        domains,
      },
    };
  },
);
