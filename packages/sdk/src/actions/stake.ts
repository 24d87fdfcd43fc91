import type { Context } from "../context.ts";
import type { Address } from "../protocol.ts";
import { mapRead, view } from "../reads.ts";
import { type Allowance, payableAction } from "../writes.ts";
import type { tokenActions } from "./token.ts";

/** An agent, and an amount of its stake. */
export interface StakeArgs {
  readonly agentId: bigint;
  /** Wei. */
  readonly amount: bigint;
}

/** An agent. */
export interface AgentArgs {
  readonly agentId: bigint;
}

/** Stake that waits. */
export interface Waiting {
  /** Wei. */
  readonly amount: bigint;
  /** First epoch in which it can be had. */
  readonly availableFrom: number;
}

/** Agents' stake and what accounts have been credited, in the vault. */
export function stakeActions(context: Context, token: ReturnType<typeof tokenActions>, allowance: Allowance) {
  const waiting = (name: "withdrawalOf" | "loweringOf") => (agentId: bigint) =>
    mapRead(view("vault", name, [agentId]), (found): Waiting | null => (found.amount === 0n ? null : found));
  const depositArgs = ({ agentId, amount }: StakeArgs) => [agentId, amount];
  const owner = (name: string) => (args: StakeArgs) => ({ contract: "vault", name, args: depositArgs(args) }) as const;
  return {
    /** All of an agent's stake, wei: balance, and of it what is locked, pledged, withdrawing and free. */
    account: context.read((agentId: bigint) => view("vault", "account", [agentId])),
    /** The most that an agent can allocate to a domain or back a ballot with, wei. */
    allocatable: context.read((agentId: bigint) => view("vault", "allocatable", [agentId])),
    /** What is certainly still pledged at `until` (unix seconds), unless challenges take it first, wei. */
    slashable: context.read((agentId: bigint, until: bigint) => view("vault", "slashable", [agentId, until])),
    /** What is being withdrawn; null if nothing is. */
    withdrawal: context.read(waiting("withdrawalOf")),
    /** What the pledge is being lowered by; null if it is not. */
    lowering: context.read(waiting("loweringOf")),
    /** Bonds, fees and budgets that an account can collect, wei. */
    credit: context.read((account: string) => view("vault", "creditOf", [account as Address])),
    /** What the vault owes the sink, wei. */
    sinkDue: context.read(() => view("vault", "sinkDue", [])),

    /** Adds tokens of the account that sends to the stake of any agent; the stake belongs to whoever owns the agent. */
    deposit: payableAction(
      context,
      allowance,
      context.write(
        (args: StakeArgs) => ({ contract: "vault", name: "deposit", args: depositArgs(args) }),
        (events) => events.first("vault.Deposited"),
      ),
      ({ amount }) => amount,
    ),
    /** `deposit` in one transaction: signs a permit instead of an approval, for tokens that have permits. */
    depositWithPermit: context.write(
      async ({ agentId, amount, deadline }: StakeArgs & { readonly deadline?: bigint }) => {
        const { deadline: until, signature } = await token.signPermit(amount, deadline);
        const { v, r, s } = signature;
        return { contract: "vault", name: "depositWithPermit", args: [agentId, amount, until, v, r, s] };
      },
      (events) => events.first("vault.Deposited"),
    ),
    /** Begins to withdraw free stake; a request that is still waiting grows, and starts its wait again. The agent's owner. */
    requestWithdrawal: context.write(owner("requestWithdrawal"), (events): Waiting => {
      return events.first("vault.WithdrawalRequested");
    }),
    /** Returns all that is being withdrawn to free stake. The agent's owner. */
    cancelWithdrawal: context.write(
      ({ agentId }: AgentArgs) => ({ contract: "vault", name: "cancelWithdrawal", args: [agentId] }),
      (events) => events.first("vault.WithdrawalCancelled"),
    ),
    /** Pays out what was requested and has waited long enough. The agent's owner. */
    withdraw: context.write(
      ({ agentId, to }: AgentArgs & { readonly to: string }) => ({
        contract: "vault",
        name: "withdraw",
        args: [agentId, to],
      }),
      (events) => events.first("vault.Withdrawn"),
    ),
    /** Moves free stake behind the agent's signed statements. The agent's owner. */
    pledge: context.write(owner("pledge"), (events) => events.first("vault.PledgeRaised")),
    /** Begins to lower the pledge. The agent's owner. */
    lowerPledge: context.write(owner("lowerPledge"), (events) => events.first("vault.PledgeLowering")),
    /** Frees what has been lowered and has waited long enough. Anyone. */
    completeLowering: context.write(
      ({ agentId }: AgentArgs) => ({ contract: "vault", name: "completeLowering", args: [agentId] }),
      (events) => events.first("vault.PledgeLowered"),
    ),
    /** Pays an account what it has been credited. Anyone. */
    collect: context.write(
      ({ account }: { readonly account: string }) => ({ contract: "vault", name: "collect", args: [account] }),
      (events) => events.first("vault.CreditPaid"),
    ),
    /** Pays the sink what the vault owes it. Anyone. */
    flush: context.write(
      (_: void) => ({ contract: "vault", name: "flush", args: [] }),
      (events) => events.first("vault.Flushed"),
    ),
    /** Moves what settlements have left for the sink into the vault. Anyone. */
    sweep: context.write(
      (_: void) => ({ contract: "consensus", name: "sweep", args: [] }),
      (events) => events.first("consensus.Swept"),
    ),
  };
}
