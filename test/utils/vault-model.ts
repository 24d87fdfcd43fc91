/** What the vault is to do, written a second time: its accounts as plain numbers, its refusals as the names of errors. */
import { UNBONDING_EPOCHS } from "./vault.ts";

interface Waiting {
  amount: bigint;
  from: number;
}

export interface AgentModel {
  free: bigint;
  /** Locked as exposure of ballots. */
  exposed: bigint;
  /** Locked by challenges. */
  challenged: bigint;
  pledged: bigint;
  lowering: Waiting;
  withdrawing: Waiting;
}

export interface ChangeModel {
  gain: bigint;
  loss: bigint;
  unlock: bigint;
  fee: bigint;
  lock: bigint;
  backing: bigint;
}

/** Name of the error that the vault is to revert with, or nothing if the call is to succeed. */
export type Refusal = string | undefined;

export const PANIC = "panic";

export class VaultModel {
  epoch = 0;
  sinkDue = 0n;
  /** Tokens of the vault that nobody has been credited with. */
  escrow = 0n;
  readonly credits: bigint[];
  readonly agents: AgentModel[];

  constructor(agents: number, accounts: number) {
    this.credits = Array.from({ length: accounts }, () => 0n);
    this.agents = Array.from({ length: agents }, () => ({
      free: 0n,
      exposed: 0n,
      challenged: 0n,
      pledged: 0n,
      lowering: { amount: 0n, from: 0 },
      withdrawing: { amount: 0n, from: 0 },
    }));
  }

  /** All that the vault must hold. */
  get tokens(): bigint {
    let sum = this.escrow + this.sinkDue;
    for (const credit of this.credits) sum += credit;
    for (const a of this.agents) sum += balanceOf(a);
    return sum;
  }

  deposit(a: AgentModel, amount: bigint): Refusal {
    if (amount === 0n) return "ZeroAmount";
    a.free += amount;
    return undefined;
  }

  requestWithdrawal(a: AgentModel, amount: bigint): Refusal {
    if (amount === 0n) return "ZeroAmount";
    if (amount > a.free) return "InsufficientFreeStake";
    a.free -= amount;
    a.withdrawing = { amount: a.withdrawing.amount + amount, from: this.epoch + UNBONDING_EPOCHS };
    return undefined;
  }

  cancelWithdrawal(a: AgentModel): Refusal {
    if (a.withdrawing.amount === 0n) return "NothingToWithdraw";
    a.free += a.withdrawing.amount;
    a.withdrawing = { amount: 0n, from: 0 };
    return undefined;
  }

  withdraw(a: AgentModel): Refusal {
    if (a.withdrawing.amount === 0n) return "NothingToWithdraw";
    if (this.epoch < a.withdrawing.from) return "StillUnbonding";
    a.withdrawing = { amount: 0n, from: 0 };
    return undefined;
  }

  pledge(a: AgentModel, amount: bigint): Refusal {
    if (amount === 0n) return "ZeroAmount";
    if (amount > a.free) return "InsufficientFreeStake";
    a.free -= amount;
    a.pledged += amount;
    return undefined;
  }

  lowerPledge(a: AgentModel, amount: bigint): Refusal {
    if (amount === 0n) return "ZeroAmount";
    if (a.lowering.amount + amount > a.pledged) return "InsufficientPledge";
    a.lowering = { amount: a.lowering.amount + amount, from: this.epoch + UNBONDING_EPOCHS };
    return undefined;
  }

  completeLowering(a: AgentModel): Refusal {
    if (a.lowering.amount === 0n) return "NothingLowering";
    if (this.epoch < a.lowering.from) return "StillUnbonding";
    a.pledged -= a.lowering.amount;
    a.free += a.lowering.amount;
    a.lowering = { amount: 0n, from: 0 };
    return undefined;
  }

  lockPledge(a: AgentModel, amount: bigint): Refusal {
    const locked = amount < a.pledged ? amount : a.pledged;
    a.pledged -= locked;
    a.challenged += locked;
    if (a.lowering.amount > a.pledged) a.lowering.amount = a.pledged;
    return undefined;
  }

  /** `amount` is at most what challenges have locked, as Claims sees to. */
  releasePledge(a: AgentModel, amount: bigint): Refusal {
    a.challenged -= amount;
    a.pledged += amount;
    return undefined;
  }

  /** `amount` is at most what challenges have locked, as Claims sees to. */
  slashPledge(a: AgentModel, amount: bigint): Refusal {
    a.challenged -= amount;
    this.escrow += amount;
    return undefined;
  }

  creditStake(a: AgentModel, amount: bigint): Refusal {
    a.free += amount;
    this.escrow -= amount;
    return undefined;
  }

  /** Losses and fees go to the escrow, gains come out of it. */
  applyChange(a: AgentModel, change: ChangeModel): Refusal {
    const { gain, loss, unlock, fee, lock, backing } = change;
    const covering = a.free + gain + unlock - loss;
    const locked = a.exposed + a.challenged;
    if (unlock > locked || covering < 0n) return PANIC;
    if (fee > covering) return "InsufficientFreeStake";
    const free = covering - fee;
    a.free = free;
    a.exposed -= unlock;
    if (lock <= free && backing <= free + locked - unlock) {
      a.free -= lock;
      a.exposed += lock;
    }
    this.escrow += loss + fee - gain;
    return undefined;
  }

  pull(amount: bigint): Refusal {
    this.escrow += amount;
    return undefined;
  }

  credit(account: number, amount: bigint): Refusal {
    this.escrow -= amount;
    this.credits[account] = this.creditOf(account) + amount;
    return undefined;
  }

  creditSink(amount: bigint): Refusal {
    this.escrow -= amount;
    this.sinkDue += amount;
    return undefined;
  }

  collect(account: number): Refusal {
    if (this.creditOf(account) === 0n) return "NothingToCollect";
    this.credits[account] = 0n;
    return undefined;
  }

  flush(): Refusal {
    if (this.sinkDue === 0n) return "NothingToCollect";
    this.sinkDue = 0n;
    return undefined;
  }

  creditOf(account: number): bigint {
    return this.credits[account] ?? 0n;
  }

  /** What no owner can have taken away by `epoch`, this one or a later one. */
  slashable(a: AgentModel, epoch: number): bigint {
    const through = a.lowering.from <= epoch ? a.lowering.amount : 0n;
    return epoch - this.epoch < UNBONDING_EPOCHS ? a.pledged - through : 0n;
  }
}

export function balanceOf(a: AgentModel): bigint {
  return a.free + a.exposed + a.challenged + a.pledged + a.withdrawing.amount;
}
