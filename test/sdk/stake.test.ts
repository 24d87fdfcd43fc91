import { ClientError, isContractError } from "@assay/sdk";
import { expect } from "chai";
import { createSdkWorld, done, failure, pay, type SdkWorld } from "./kit.ts";
import { TOKEN } from "../kit/world.ts";

const STAKE = 3_000n * TOKEN;

describe("sdk: stake and token", () => {
  let world: SdkWorld;
  let agentId: bigint;

  beforeEach(async () => {
    world = await createSdkWorld({ agents: 1 });
    agentId = world.world.agents[0]!.agentId;
  });

  it("deposits after an approval of what it costs, and tells what it did from the event", async () => {
    const { assay, other } = world;
    const account = world.world.owners.at(-1)!.address;
    await done(other.token.approve({ amount: 0n }));
    const args = { agentId, amount: 7n * TOKEN };
    const refused = await failure(other.stake.deposit(args));
    expect(isContractError(refused, "INSUFFICIENT_ALLOWANCE") && refused.args.needed).to.equal(7n * TOKEN);

    expect(await other.stake.deposit.cost(args)).to.equal(7n * TOKEN);
    const approval = await other.stake.deposit.approve(args);
    expect((await approval!.wait()).result).to.deep.equal({ allowance: 7n * TOKEN });
    expect(await other.stake.deposit.approve(args)).to.equal(null);
    const deposited = await done(other.stake.deposit(args));
    expect(deposited).to.deep.equal({ agentId, from: account, amount: 7n * TOKEN });
    const stake = await assay.stake.account(agentId);
    expect(stake).to.deep.equal({
      balance: STAKE + 7n * TOKEN,
      locked: 0n,
      pledged: 0n,
      withdrawing: 0n,
      free: STAKE + 7n * TOKEN,
    });
    expect(await assay.stake.allocatable(agentId)).to.equal(STAKE + 7n * TOKEN);
  });

  it("approves nothing where the action would be refused anyway, or the tokens are not there", async () => {
    const { other } = world;
    await done(other.token.approve({ amount: 0n }));
    const unknown = await failure(other.stake.deposit.approve({ agentId: 99n, amount: 1n }));
    expect(unknown).to.have.property("code", "UNKNOWN_AGENT");
    const poor = await failure(other.stake.deposit.approve({ agentId, amount: 10n ** 30n }));
    expect(poor).to.be.instanceOf(ClientError).and.to.have.property("code", "INSUFFICIENT_TOKENS");
    expect(await other.token.allowance(world.world.owners.at(-1)!.address)).to.equal(0n);
  });

  it("deposits with a permit, in one transaction", async () => {
    const { other } = world;
    await done(other.token.approve({ amount: 0n }));
    const { amount } = await done(other.stake.depositWithPermit({ agentId, amount: 3n * TOKEN }));
    expect(amount).to.equal(3n * TOKEN);
    expect((await other.stake.account(agentId)).balance).to.equal(STAKE + 3n * TOKEN);
  });

  it("withdraws what was requested, once the wait is over, and not before", async () => {
    const { owner, other, world: chain } = world;
    expect(await owner.stake.withdrawal(agentId)).to.equal(null);
    const epoch = await owner.beats.epoch();
    const requested = await done(owner.stake.requestWithdrawal({ agentId, amount: 5n * TOKEN }));
    expect(requested).to.include({ amount: 5n * TOKEN, availableFrom: epoch + 18 });
    expect(await owner.stake.withdrawal(agentId)).to.deep.equal({ amount: 5n * TOKEN, availableFrom: epoch + 18 });
    await done(owner.stake.cancelWithdrawal({ agentId }));
    await done(owner.stake.requestWithdrawal({ agentId, amount: 6n * TOKEN }));

    const to = chain.sink.address;
    const early = await failure(owner.stake.withdraw({ agentId, to }));
    expect(isContractError(early, "STILL_UNBONDING") && early.args).to.deep.equal({
      agentId,
      availableFrom: epoch + 18,
      epoch,
    });
    expect(early).to.have.property("retryable", true);
    const stranger = await failure(other.stake.withdraw({ agentId, to }));
    expect(stranger).to.have.property("code", "NOT_AGENT_OWNER");
    await chain.warpTo(epoch + 18, 1);
    expect(await done(owner.stake.withdraw({ agentId, to }))).to.deep.equal({ agentId, to, amount: 6n * TOKEN });
    expect(await owner.token.balance(to)).to.equal(6n * TOKEN);
  });

  it("pledges, and lowers the pledge", async () => {
    const { owner, world: chain } = world;
    expect(await done(owner.stake.pledge({ agentId, amount: 40n * TOKEN }))).to.include({ pledged: 40n * TOKEN });
    const epoch = await owner.beats.epoch();
    const lowering = { amount: 30n * TOKEN, availableFrom: epoch + 18 };
    await done(owner.stake.lowerPledge({ agentId, amount: 30n * TOKEN }));
    expect(await owner.stake.lowering(agentId)).to.deep.equal(lowering);
    const soon = BigInt(chain.genesis + (epoch + 2) * 64);
    expect(await owner.stake.slashable(agentId, soon)).to.equal(40n * TOKEN);
    const much = await failure(owner.stake.lowerPledge({ agentId, amount: 11n * TOKEN }));
    expect(isContractError(much, "INSUFFICIENT_PLEDGE") && much.args.remaining).to.equal(10n * TOKEN);
    await chain.warpTo(epoch + 18, 1);
    expect(await done(owner.stake.completeLowering({ agentId }))).to.include({ pledged: 10n * TOKEN });
  });

  it("refuses to flush or to collect nothing", async () => {
    const { assay } = world;
    const { address } = world.world.sink;
    expect(await assay.stake.sinkDue()).to.equal(0n);
    expect(await assay.stake.credit(address)).to.equal(0n);
    expect(await failure(assay.stake.flush())).to.have.property("code", "NOTHING_TO_COLLECT");
    expect(await failure(assay.stake.sweep())).to.have.property("code", "NOTHING_TO_SWEEP");
    expect(await failure(assay.stake.collect({ account: address }))).to.have.property("code", "NOTHING_TO_COLLECT");
  });

  it("takes test tokens from the faucet, once a day", async () => {
    const { assay, world: chain } = world;
    const sink = assay.connect(chain.sink);
    expect(await sink.token.terms()).to.deep.equal({ symbol: "ASSAY", decimals: 18 });
    expect(await sink.token.faucetAvailableAt(chain.sink.address)).to.equal(0);
    expect(await done(sink.token.faucet())).to.deep.equal({ amount: 10_000n * TOKEN });
    expect(await sink.token.balance(chain.sink.address)).to.equal(10_000n * TOKEN);
    const again = await failure(sink.token.faucet());
    expect(isContractError(again, "FAUCET_NOT_READY") && again.args.account).to.equal(chain.sink.address);
  });

  it("sends nothing without a signer, and what was not simulated only if told", async () => {
    const { assay, other } = world;
    const reader = assay.connect(world.world.connection.ethers.provider);
    expect(await failure(reader.stake.flush())).to.have.property("code", "NO_SIGNER");
    const doomed = await failure(
      other.stake.withdraw({ agentId, to: "0x" + "11".repeat(20) }, { simulate: false, gasLimit: 100_000n }),
    );
    expect(doomed).to.have.property("code", "NOT_AGENT_OWNER");
    const { to, data } = await other.stake.pledge.populate({ agentId, amount: 1n });
    expect(to).to.equal(other.addresses.vault);
    expect(other.contracts.vault.interface.parseTransaction({ data })?.name).to.equal("pledge");
  });

  it("pays by the signer's options, and follows what it sent", async () => {
    const { other } = world;
    const args = { agentId, amount: TOKEN };
    expect(await pay(other.stake.deposit, args)).to.include({ amount: TOKEN });
    const sent = await other.stake.deposit(args, { gasLimit: 222_222n });
    expect(sent.response.gasLimit).to.equal(222_222n);
    const { receipt, result } = await sent.wait();
    expect(receipt.hash).to.equal(sent.hash);
    expect(other.stake.deposit.decode(receipt)).to.deep.equal(result);
  });
});
