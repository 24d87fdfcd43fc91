import { ClientError, type DomainParameters, domainParameters, isContractError } from "@assay/sdk";
import { createSecretChain } from "@assay/protocol";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { bytes32, createSdkWorld, done, failure, pay, type SdkWorld } from "./kit.ts";
import { TOKEN } from "../kit/world.ts";

describe("sdk: agents and domains", () => {
  let world: SdkWorld;

  beforeEach(async () => {
    world = await createSdkWorld({ agents: 1 });
  });

  it("registers an agent, with and without URI and metadata", async () => {
    const { other, world: chain } = world;
    const me = chain.owners.at(-1)!.address;
    const bare = await done(other.agents.register({}));
    expect(bare).to.deep.equal({ agentId: 1n, agentURI: "", owner: me });
    const named = await done(other.agents.register({ uri: "https://a.test/agent.json" }));
    const rich = await done(other.agents.register({ uri: "ipfs://x", metadata: { model: "0x1234" } }));
    const { find, wallet, uri, model } = await other.readMany({
      find: other.agents.find.request(named.agentId),
      wallet: other.agents.wallet.request(named.agentId),
      uri: other.agents.uri.request(named.agentId),
      model: other.agents.metadata.request(rich.agentId, "model"),
    });
    expect([find, wallet, uri, model]).to.deep.equal([me, me, "https://a.test/agent.json", "0x1234"]);
    await done(other.agents.setUri({ agentId: bare.agentId, uri: "data:," }));
    await done(other.agents.setMetadata({ agentId: bare.agentId, key: "model", value: "0xff" }));
    expect(await other.agents.uri(bare.agentId)).to.equal("data:,");
    expect(await other.agents.find(99n)).to.equal(null);
    expect(await failure(other.agents.owner(99n))).to.have.property("code", "UNKNOWN_AGENT");
  });

  it("sets a wallet by its consent, unsets it, and clears it with a transfer", async () => {
    const { owner, other, world: chain } = world;
    const [wallet] = chain.owners.slice(1);
    const consent = await owner.agents.signConsent(0n, wallet!);
    expect(await done(owner.agents.setWallet({ agentId: 0n, ...consent }))).to.deep.equal({
      wallet: wallet!.address.toLowerCase(),
    });
    expect(await owner.agents.wallet(0n)).to.equal(wallet!.address);
    const forged = await failure(owner.agents.setWallet({ agentId: 0n, ...consent, wallet: ZeroAddress as "0x" }));
    expect(forged).to.have.property("code", "ZERO_AGENT_WALLET");
    await done(owner.agents.unsetWallet({ agentId: 0n }));
    expect(await owner.agents.wallet(0n)).to.equal(null);
    const to = chain.owners.at(-1)!.address;
    expect(await done(owner.agents.transfer({ agentId: 0n, to }))).to.include({ to, tokenId: 0n });
    expect(await other.agents.owner(0n)).to.equal(to);
    expect(await failure(owner.agents.unsetWallet({ agentId: 0n }))).to.have.property(
      "code",
      "ERC721_INSUFFICIENT_APPROVAL",
    );
  });

  it("creates a domain, and reads it back as it was described", async () => {
    const { assay } = world;
    const parameters = domainParameters({ seatFee: 2n * TOKEN, outcomes: 5, openAnswers: true });
    const { domainId } = await done(assay.domains.create({ parameters, uri: "data:,facts" }));
    expect(domainId).to.equal(2);
    expect(await assay.domains.get(domainId)).to.deep.equal(parameters);
    expect(await assay.domains.uri(domainId)).to.equal("data:,facts");
    const terms = await assay.domains.terms(domainId);
    expect(terms).to.deep.equal({ fee: 18n * TOKEN, outcomes: 5, assertionWindow: 2, active: false });
    const { counts, participation } = await assay.domains.statistics(domainId);
    expect([counts, participation]).to.deep.equal([Array(5).fill(1024), 65_535]);
    const list = await assay.domains.list();
    expect(list.map((domain) => [domain.domainId, domain.uri])).to.deep.equal([
      [1, ""],
      [2, "data:,facts"],
    ]);
    expect(list[1]?.parameters).to.deep.equal(parameters);

    const wrong = await failure(assay.domains.create({ parameters: { ...parameters, seats: 2 } }));
    expect(isContractError(wrong, "PARAMETER_OUT_OF_BOUNDS") && wrong.args).to.deep.equal({
      parameter: "seats",
      value: 2n,
      minimum: 3n,
      maximum: 255n,
    });
    expect(await failure(assay.domains.get(9))).to.have.property("code", "UNKNOWN_DOMAIN");
  });

  it("refuses parameters that the contract would refuse, and chooses what is not chosen", () => {
    const refusal = (choice: Partial<DomainParameters>) => {
      try {
        domainParameters({ seatFee: TOKEN, ...choice });
      } catch (error) {
        if (error instanceof ClientError && error.code === "BAD_INPUT") return error.message;
        throw error;
      }
      return null;
    };
    expect(refusal({})).to.equal(null);
    expect(refusal({ seats: 2 })).to.equal("seats must be from 3 to 255, not 2");
    expect(refusal({ burnBps: 5_001 })).to.equal("burnBps must be from 1000 to 5000, not 5001");
    for (const seatBond of [8n * TOKEN - 1n, 64n * TOKEN + 1n]) {
      expect(refusal({ seatBond })).to.equal(`a seat's bond must be 8 to 64 of its fees: ${seatBond} wei is not`);
    }
    expect(refusal({ seats: 3, minStake: 72n * TOKEN - 1n })).to.match(/^the minimum stake must be at least 72\d* wei/);
    expect(domainParameters({ seatFee: 2n, seats: 5 })).to.deep.include({
      seatBond: 48n,
      minStake: 2_400n,
      outcomes: 2,
    });
    expect(domainParameters({ seatFee: 2n, seatBond: 16n })).to.deep.include({ minStake: 1_440n });
  });

  it("says what a domain lacks for a question asked now", async () => {
    const { assay, owner } = world;
    expect(await assay.domains.shortfall(1)).to.equal(null);
    expect(await failure(assay.domains.shortfall(9))).to.have.property("code", "UNKNOWN_DOMAIN");
    const parameters = domainParameters({ seatFee: TOKEN, seats: 3 });
    const { domainId } = await done(assay.domains.create({ parameters }));
    const { minStake } = parameters;
    expect(await assay.domains.shortfall(domainId)).to.deep.equal({ next: 0n, minStake, enoughFrom: null });
    const { fromEpoch } = await done(owner.domains.allocate({ agentId: 0n, domainId, amount: minStake }));
    expect(await assay.domains.shortfall(domainId)).to.deep.equal({ next: 0n, minStake, enoughFrom: fromEpoch });
    await world.world.nextEpoch();
    expect(await assay.domains.shortfall(domainId)).to.equal(null);
  });

  it("joins a domain with an agent that is new, and leaves it", async () => {
    const { other, world: chain } = world;
    const { agentId } = await done(other.agents.register({}));
    await pay(other.stake.deposit, { agentId, amount: 500n * TOKEN });
    const place = { agentId, domainId: 1 };
    const unprepared = await failure(other.domains.join({ ...place, amount: 500n * TOKEN }));
    expect(unprepared).to.be.instanceOf(ClientError).and.to.have.property("code", "BAD_INPUT");

    const { anchor } = createSecretChain({ seed: bytes32("seed"), length: 100 });
    const epoch = await other.beats.epoch();
    const joined = await other.domains.join({ ...place, amount: 500n * TOKEN, anchor });
    expect(joined.enrolment?.result.firstEpoch).to.equal(epoch + 2);
    expect(joined.allocation.result).to.include({ units: 500_000n, fromEpoch: epoch + 2 });
    expect(await other.domains.allocation(agentId, 1, epoch + 2)).to.deep.equal({
      units: 500_000n,
      amount: 500n * TOKEN,
    });
    expect((await other.domains.allocation(agentId, 1, epoch)).amount).to.equal(0n);
    expect((await other.domains.total(1, epoch + 2)).amount).to.equal(3_500n * TOKEN);
    const again = await other.domains.join({ ...place, amount: 400n * TOKEN });
    expect([again.enrolment, again.allocation.result.units]).to.deep.equal([null, 400_000n]);
    expect(await other.agents.domains(agentId)).to.deep.equal([1]);
    expect(await other.agents.enrolledBy(chain.owners.at(-1)!.address)).to.deep.equal([agentId]);

    const state = await other.agents.state(agentId);
    expect(state).to.include({ owner: chain.owners.at(-1)!.address, ballotOpen: false, next: null });
    expect(await other.agents.trust(agentId, 1)).to.deep.equal({ alpha: 4096, beta: 2048, verdicts: 0, weight: 256 });
    const second = createSecretChain({ seed: bytes32("next"), length: 100 }).anchor;
    const announced = await done(other.agents.announceAnchor({ agentId, anchor: second }));
    expect((await other.agents.state(agentId)).next).to.deep.equal({ anchor: second, from: announced.firstEpoch });

    expect(await done(other.domains.leave(place))).to.include({ units: 0n });
    const much = await failure(other.domains.allocate({ ...place, amount: 501n * TOKEN }));
    expect(isContractError(much, "ALLOCATION_TOO_LARGE") && much.args.maximum).to.equal(500n * TOKEN);
    expect(await failure(other.domains.trim(place))).to.have.property("code", "NOTHING_TO_TRIM");
  });

  it("trims the allocation of an agent whose stake is being withdrawn", async () => {
    const { owner, other } = world;
    await done(owner.stake.requestWithdrawal({ agentId: 0n, amount: 1_000n * TOKEN }));
    expect(await done(other.domains.trim({ agentId: 0n, domainId: 1 }))).to.include({ units: 2_000_000n });
  });
});
