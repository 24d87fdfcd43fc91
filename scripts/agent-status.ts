import { ONE, RECEIPT_RING } from "@assay/protocol";
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
    const { assay, tokens } = session;
    const owner = await requireAgent(session, agentId);
    const [{ wallet, stake, withdrawal, state, epoch }, domainIds] = await Promise.all([
      assay.readMany({
        wallet: assay.agents.wallet.request(agentId),
        stake: assay.stake.account.request(agentId),
        withdrawal: assay.stake.withdrawal.request(agentId),
        state: assay.agents.state.request(agentId),
        epoch: assay.beats.epoch.request(),
      }),
      assay.agents.domains(agentId),
    ]);
    const domains = await Promise.all(
      domainIds.map(async (domainId) => {
        const { now, coming, total, trust } = await assay.readMany({
          now: assay.domains.allocation.request(agentId, domainId, epoch),
          coming: assay.domains.allocation.request(agentId, domainId, epoch + 2),
          total: assay.domains.total.request(domainId, epoch),
          trust: assay.agents.trust.request(agentId, domainId),
        });
        return {
          domainId,
          allocation: now.amount,
          comingAllocation: coming.amount,
          domainTotal: total.amount,
          verdicts: trust.verdicts,
          weight: trust.weight / ONE,
        };
      }),
    );
    const enrolled = state.owner !== null;
    const pendingBallots = [...Array(RECEIPT_RING).keys()].filter((bit) => (state.ring & (1 << bit)) !== 0).length;
    const { balance, locked, pledged, withdrawing, free } = stake;
    const lines = [
      `agent ${agentId}: owner ${owner}, wallet ${wallet ?? "none"}; epoch ${epoch}`,
      `stake ${tokens(balance)}: locked ${tokens(locked)}, pledged ${tokens(pledged)}, withdrawing ${tokens(withdrawing)}, free ${tokens(free)}`,
      ...(withdrawal === null ? [] : [`withdrawal to be had from epoch ${withdrawal.availableFrom}`]),
      enrolled
        ? `enrolled; last ballot in epoch ${state.lastEpoch}${state.ballotOpen ? ", to be revealed" : ""}; ${pendingBallots} revealed and unsettled`
        : "not enrolled",
      ...domains.map(
        (d) =>
          `domain ${d.domainId}: ${tokens(d.allocation)} of ${tokens(d.domainTotal)}${d.comingAllocation === d.allocation ? "" : ` (${tokens(d.comingAllocation)} from epoch ${epoch + 2})`}, ${d.verdicts} verdicts, weight ${d.weight.toFixed(2)}`,
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
        withdrawalAvailableFrom: withdrawal?.availableFrom ?? null,
        domains,
      },
    };
  },
);
