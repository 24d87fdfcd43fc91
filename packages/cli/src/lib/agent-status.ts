import { epochStart, ONE, RECEIPT_RING } from "@assay/sdk/protocol";
import type { Outcome } from "./command.ts";
import type { ReadSession } from "./session.ts";
import { timeOf } from "./waiting.ts";

/** An agent's stake, as read. */
export interface StakeReading {
  readonly stake: Readonly<Record<"balance" | "locked" | "pledged" | "withdrawing" | "free", bigint>>;
  readonly withdrawal: { readonly amount: bigint; readonly availableFrom: number } | null;
}

/** Everything about an agent that the contracts know. @throws ContractError `UNKNOWN_AGENT` */
export async function agentStatus(session: Pick<ReadSession, "assay" | "tokens" | "terms">, agentId: bigint) {
  const { assay, tokens } = session;
  const { agents, domains, stake: vault, beats } = assay;
  const [owner, now] = await Promise.all([agents.owner(agentId), timeOf(session)]);
  const [found, domainIds] = await Promise.all([
    assay.readMany({
      wallet: agents.wallet.request(agentId),
      stake: vault.account.request(agentId),
      withdrawal: vault.withdrawal.request(agentId),
      slashable: vault.slashable.request(agentId, BigInt(now)),
      state: agents.state.request(agentId),
      epoch: beats.epoch.request(),
    }),
    agents.domains(agentId),
  ]);
  const { wallet, state, epoch, stake, withdrawal, slashable } = found;
  const places = await Promise.all(
    domainIds.map(async (domainId) => {
      const {
        now: present,
        coming,
        trust,
        total,
      } = await assay.readMany({
        now: domains.allocation.request(agentId, domainId, epoch),
        coming: domains.allocation.request(agentId, domainId, epoch + 2),
        total: domains.total.request(domainId, epoch),
        trust: agents.trust.request(agentId, domainId),
      });
      const { verdicts, weight } = trust;
      const amounts = { allocation: present.amount, comingAllocation: coming.amount, domainTotal: total.amount };
      return { domainId, ...amounts, verdicts, weight: weight / ONE };
    }),
  );
  const { lastEpoch, ballotOpen } = state;
  const enrolled = state.owner !== null && state.owner === owner;
  const unsettledBallots = [...Array(RECEIPT_RING).keys()].filter((slot) => (state.ring & (1 << slot)) !== 0).length;
  const ballots = `last ballot in epoch ${lastEpoch}${ballotOpen ? ", to be revealed" : ""}; ${unsettledBallots} revealed and unsettled`;
  const lines = [
    `agent ${agentId}: owner ${owner}, wallet ${wallet ?? "none"}; epoch ${epoch}`,
    ...stakeLines(session, { stake, withdrawal }),
    enrolled ? `enrolled; ${ballots}` : "not enrolled",
    ...places.map((place) => {
      const { domainId, allocation, comingAllocation, domainTotal, verdicts, weight } = place;
      const coming = comingAllocation === allocation ? "" : ` (${tokens(comingAllocation)} from epoch ${epoch + 2})`;
      return `domain ${domainId}: ${tokens(allocation)} of ${tokens(domainTotal)}${coming}, ${verdicts} verdicts, weight ${weight.toFixed(2)}`;
    }),
  ];
  const data = { agentId, owner, wallet, epoch, enrolled, lastEpoch, ballotOpen, unsettledBallots };
  return { lines, data: { ...data, stake, withdrawal, slashable, domains: places } } satisfies Outcome;
}

/** An agent's stake, for people. */
export function stakeLines(
  { tokens, terms }: Pick<ReadSession, "tokens" | "terms">,
  { stake, withdrawal }: StakeReading,
): string[] {
  const { balance, locked, pledged, withdrawing, free } = stake;
  const parts = [`locked ${tokens(locked)}`, `pledged ${tokens(pledged)}`, `withdrawing ${tokens(withdrawing)}`];
  const line = `stake ${tokens(balance)}: ${parts.join(", ")}, free ${tokens(free)}`;
  if (withdrawal === null) return [line];
  const { amount, availableFrom } = withdrawal;
  const when = new Date(epochStart(terms, availableFrom) * 1000).toISOString();
  return [line, `${tokens(amount)} can be had from epoch ${availableFrom} (${when})`];
}
