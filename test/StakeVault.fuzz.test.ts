import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";

import {
  AGENT,
  EPOCH_LENGTH,
  ESCROW,
  networkHelpers,
  NO_CHANGE,
  OTHER,
  PANIC_ARITHMETIC,
  STAKE,
  UNESTIMATED,
  type VaultContext,
  vaultFixture,
} from "./utils/vault.ts";
import { type AgentModel, balanceOf, PANIC, type Refusal, VaultModel } from "./utils/vault-model.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const STEPS = 120;
const AGENTS = [AGENT, OTHER];

/** mulberry32: the same sequence for the same seed, everywhere. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Step {
  name: string;
  refusal: Refusal;
  send: () => Promise<ContractTransactionResponse>;
}

/** Takes random steps in the model and in the vault alike. */
class Walk {
  readonly c: VaultContext;
  readonly random: (below: number) => number;
  readonly model = new VaultModel(AGENTS.length, 3);
  readonly accounts;
  /** Index in `accounts` of each agent's owner. */
  readonly owners = [0, 1];
  timestamp: number;

  constructor(c: VaultContext, seed: number, timestamp: number) {
    this.c = c;
    this.random = randomOf(seed);
    this.accounts = [c.owner, c.bystander, c.payer];
    this.timestamp = timestamp;
    for (const a of this.model.agents) a.free = STAKE;
    this.model.escrow = ESCROW;
    this.tick(0);
  }

  tick(seconds: number): void {
    this.timestamp += seconds;
    this.model.epoch = Math.floor((this.timestamp - this.c.genesis) / EPOCH_LENGTH);
  }

  pick<T>(of: readonly T[]): T {
    return of[this.random(of.length)] as T;
  }

  upTo(maximum: bigint): bigint {
    const edges = [0n, 1n, maximum, maximum / 2n];
    const amount = this.random(3) === 0 ? this.pick(edges) : BigInt(this.random(Number(maximum) + 1));
    return amount < maximum ? amount : maximum;
  }

  /** Mostly at most `maximum`, now and then one too many. */
  around(maximum: bigint): bigint {
    return this.random(6) === 0 ? maximum + 1n : this.upTo(maximum);
  }

  next(): Step {
    const { c, model } = this;
    const index = this.random(AGENTS.length);
    const id = AGENTS[index] as bigint;
    const a = model.agents[index] as AgentModel;
    const owner = this.accounts[this.owners[index] ?? 0] ?? c.owner;
    const account = this.random(this.accounts.length);
    const holder = this.accounts[account] ?? c.owner;
    const asOwner = c.vault.connect(this.random(12) === 0 ? holder : owner);
    const byOwner = (act: () => Refusal): Refusal => (asOwner.runner === owner ? act() : "NotAgentOwner");

    const step = this.pick<() => Omit<Step, "name">>([
      function deposit(this: Walk) {
        const amount = this.upTo(500n);
        return {
          refusal: model.deposit(a, amount),
          send: () => c.vault.connect(holder).deposit(id, amount, UNESTIMATED),
        };
      },
      function requestWithdrawal(this: Walk) {
        const amount = this.around(a.free);
        return {
          refusal: byOwner(() => model.requestWithdrawal(a, amount)),
          send: () => asOwner.requestWithdrawal(id, amount, UNESTIMATED),
        };
      },
      function cancelWithdrawal(this: Walk) {
        return {
          refusal: byOwner(() => model.cancelWithdrawal(a)),
          send: () => asOwner.cancelWithdrawal(id, UNESTIMATED),
        };
      },
      function withdraw(this: Walk) {
        return {
          refusal: byOwner(() => model.withdraw(a)),
          send: () => asOwner.withdraw(id, holder, UNESTIMATED),
        };
      },
      function pledge(this: Walk) {
        const amount = this.around(a.free);
        return {
          refusal: byOwner(() => model.pledge(a, amount)),
          send: () => asOwner.pledge(id, amount, UNESTIMATED),
        };
      },
      function lowerPledge(this: Walk) {
        const amount = this.around(a.pledged - a.lowering.amount);
        return {
          refusal: byOwner(() => model.lowerPledge(a, amount)),
          send: () => asOwner.lowerPledge(id, amount, UNESTIMATED),
        };
      },
      function completeLowering(this: Walk) {
        return {
          refusal: model.completeLowering(a),
          send: () => c.vault.connect(holder).completeLowering(id, UNESTIMATED),
        };
      },
      function lockPledge(this: Walk) {
        const amount = this.around(a.pledged);
        return { refusal: model.lockPledge(a, amount), send: () => c.asClaims.lockPledge(id, amount, UNESTIMATED) };
      },
      function releasePledge(this: Walk) {
        const amount = this.upTo(a.challenged);
        return {
          refusal: model.releasePledge(a, amount),
          send: () => c.asClaims.releasePledge(id, amount, UNESTIMATED),
        };
      },
      function slashPledge(this: Walk) {
        const amount = this.upTo(a.challenged);
        return { refusal: model.slashPledge(a, amount), send: () => c.asClaims.slashPledge(id, amount, UNESTIMATED) };
      },
      function creditStake(this: Walk) {
        const amount = this.upTo(model.escrow / 100n);
        return { refusal: model.creditStake(a, amount), send: () => c.asClaims.creditStake(id, amount, UNESTIMATED) };
      },
      function applyChange(this: Walk) {
        const unlock = this.random(12) === 0 ? a.exposed + a.challenged + 1n : this.upTo(a.exposed);
        const loss = this.random(12) === 0 ? a.free + unlock + 1n : this.upTo(unlock);
        const gain = loss > a.free + unlock ? 0n : this.upTo(50n);
        const covering = a.free + gain + unlock - loss;
        const fee = covering < 0n || this.random(2) === 0 ? 0n : this.around(covering);
        const free = covering - fee;
        const lock = this.around(free < 0n ? 0n : free);
        const backing = this.random(2) === 0 ? 0n : this.around(balanceOf(a));
        const change = { gain, loss, unlock, fee, lock, backing };
        return {
          refusal: model.applyChange(a, change),
          send: () => c.asConsensus.applyChange(id, change, UNESTIMATED),
        };
      },
      function pull(this: Walk) {
        const amount = this.upTo(500n);
        const desk = this.pick([c.asConsensus, c.asClaims]);
        return { refusal: model.pull(amount), send: () => desk.pull(holder, amount, UNESTIMATED) };
      },
      function credit(this: Walk) {
        const amount = this.upTo(model.escrow / 100n);
        const desk = this.pick([c.asConsensus, c.asClaims]);
        return { refusal: model.credit(account, amount), send: () => desk.credit(holder, amount, UNESTIMATED) };
      },
      function creditSink(this: Walk) {
        const amount = this.upTo(model.escrow / 100n);
        const desk = this.pick([c.asConsensus, c.asClaims]);
        return { refusal: model.creditSink(amount), send: () => desk.creditSink(amount, UNESTIMATED) };
      },
      function collect(this: Walk) {
        return { refusal: model.collect(account), send: () => c.vault.collect(holder, UNESTIMATED) };
      },
      function flush(this: Walk) {
        return { refusal: model.flush(), send: () => c.vault.flush(UNESTIMATED) };
      },
      function sell(this: Walk) {
        this.owners[index] = account;
        return {
          refusal: undefined,
          send: () => c.registry.connect(owner).transferFrom(owner, holder, id, UNESTIMATED),
        };
      },
    ]);
    return { name: step.name, ...step.call(this) };
  }

  async take({ refusal, send }: Omit<Step, "name">): Promise<void> {
    await networkHelpers.time.setNextBlockTimestamp(this.timestamp);
    const sent = send();
    if (refusal === undefined) await sent;
    else if (refusal === PANIC) await expect(sent).to.be.revertedWithPanic(PANIC_ARITHMETIC);
    else await expect(sent).to.be.revertedWithCustomError(this.c.vault, refusal);
  }

  async compare(): Promise<void> {
    const { c, model } = this;
    for (const [index, id] of AGENTS.entries()) {
      const a = model.agents[index] as AgentModel;
      const { free, exposed, challenged, pledged, lowering, withdrawing } = a;
      const locked = exposed + challenged;
      expect(await c.vault.account(id)).to.deep.equal([balanceOf(a), locked, pledged, withdrawing.amount, free]);
      expect(await c.vault.allocatable(id)).to.equal(free + locked);
      expect(await c.vault.withdrawalOf(id)).to.deep.equal([withdrawing.amount, withdrawing.from]);
      expect((await c.vault.loweringOf(id)).amount).to.equal(lowering.amount);
      const epoch = model.epoch + this.random(20);
      expect(await c.vault.slashable(id, c.startOf(epoch))).to.equal(model.slashable(a, epoch));
    }
    for (const [index, account] of this.accounts.entries()) {
      expect(await c.vault.creditOf(account)).to.equal(model.creditOf(index));
    }
    expect(await c.vault.sinkDue()).to.equal(model.sinkDue);
    expect(await c.token.balanceOf(c.vault)).to.equal(model.tokens);
  }

  /** Everybody takes out what is theirs, and the escrow goes to the sink. */
  async leave(): Promise<void> {
    const { c, model } = this;
    for (const [index, id] of AGENTS.entries()) {
      const { exposed, challenged } = model.agents[index] as AgentModel;
      await c.asClaims.releasePledge(id, challenged);
      await c.asConsensus.applyChange(id, { ...NO_CHANGE, unlock: exposed });
      const asOwner = c.vault.connect(this.accounts[this.owners[index] ?? 0]);
      const { pledged } = await c.vault.account(id);
      const { amount: lowering } = await c.vault.loweringOf(id);
      if (pledged > lowering) await asOwner.lowerPledge(id, pledged - lowering);
    }
    await networkHelpers.time.increase(EPOCH_LENGTH * 18);
    for (const [index, id] of AGENTS.entries()) {
      const asOwner = c.vault.connect(this.accounts[this.owners[index] ?? 0]);
      if ((await c.vault.account(id)).pledged !== 0n) await c.vault.completeLowering(id);
      const { free } = await c.vault.account(id);
      if (free !== 0n) await asOwner.requestWithdrawal(id, free);
    }
    await networkHelpers.time.increase(EPOCH_LENGTH * 18);
    for (const [index, id] of AGENTS.entries()) {
      const owner = this.accounts[this.owners[index] ?? 0] ?? c.owner;
      if ((await c.vault.account(id)).balance !== 0n) await c.vault.connect(owner).withdraw(id, owner);
    }
    for (const account of this.accounts) {
      if ((await c.vault.creditOf(account)) !== 0n) await c.vault.collect(account);
    }
    await c.asConsensus.creditSink(model.escrow);
    if ((await c.vault.sinkDue()) !== 0n) await c.vault.flush();
  }
}

describe("StakeVault: random sequences of all operations", function () {
  for (const seed of SEEDS) {
    it(`should keep every account as the model has it, and pay out all in the end (seed ${seed})`, async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const walk = new Walk(c, seed, await networkHelpers.time.latest());
      const taken: string[] = [];
      for (let i = 0; i < STEPS; i++) {
        walk.tick(1 + (walk.random(3) === 0 ? walk.random(10 * EPOCH_LENGTH) : 0));
        const { name, refusal, send } = walk.next();
        taken.push(`${name}${refusal === undefined ? "" : ` (${refusal})`}`);
        try {
          await walk.take({ refusal, send });
          await walk.compare();
        } catch (cause) {
          throw new Error(`step ${i} of seed ${seed}: ${taken.slice(-8).join(", ")}`, { cause });
        }
      }
      await walk.leave();

      expect(await c.token.balanceOf(c.vault)).to.equal(0n);
    });
  }
});
