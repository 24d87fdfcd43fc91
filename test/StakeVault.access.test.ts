import { expect } from "chai";

import {
  AGENT,
  EPOCH_LENGTH,
  ethers,
  networkHelpers,
  NO_AGENT,
  NO_CHANGE,
  OTHER,
  type VaultContext,
  vaultFixture,
} from "./utils/vault.ts";

type Vault = VaultContext["vault"];

const OWNERS_FUNCTIONS = {
  requestWithdrawal: (vault: Vault, agentId: bigint) => vault.requestWithdrawal(agentId, 1n),
  cancelWithdrawal: (vault: Vault, agentId: bigint) => vault.cancelWithdrawal(agentId),
  withdraw: (vault: Vault, agentId: bigint) => vault.withdraw(agentId, ethers.ZeroAddress),
  pledge: (vault: Vault, agentId: bigint) => vault.pledge(agentId, 1n),
  lowerPledge: (vault: Vault, agentId: bigint) => vault.lowerPledge(agentId, 1n),
};

const CLAIMS_FUNCTIONS = {
  lockPledge: (vault: Vault) => vault.lockPledge(AGENT, 0n),
  releasePledge: (vault: Vault) => vault.releasePledge(AGENT, 0n),
  slashPledge: (vault: Vault) => vault.slashPledge(AGENT, 0n),
  creditStake: (vault: Vault) => vault.creditStake(AGENT, 0n),
};

const DESKS_FUNCTIONS = {
  pull: (vault: Vault) => vault.pull(ethers.ZeroAddress, 0n),
  credit: (vault: Vault) => vault.credit(ethers.ZeroAddress, 0n),
  creditSink: (vault: Vault) => vault.creditSink(0n),
};

/** AGENT has an operator and a wallet of its own, and somebody is approved for its token. */
async function delegatedFixture() {
  const c = await vaultFixture();
  const [operator, approved, wallet] = (await ethers.getSigners()).slice(10);
  if (!operator || !approved || !wallet) throw new Error("too few accounts");
  await c.registry.connect(c.owner).setApprovalForAll(operator, true);
  await c.registry.connect(c.owner).approve(approved, AGENT);
  const deadline = (await networkHelpers.time.latest()) + 60;
  const { name, version, chainId, verifyingContract } = await c.registry.eip712Domain();
  const types = {
    AgentWalletSet: [
      { name: "agentId", type: "uint256" },
      { name: "newWallet", type: "address" },
      { name: "owner", type: "address" },
      { name: "deadline", type: "uint256" },
    ],
  };
  const message = { agentId: AGENT, newWallet: wallet.address, owner: c.owner.address, deadline };
  const signature = await wallet.signTypedData({ name, version, chainId, verifyingContract }, types, message);
  await c.registry.connect(c.owner).setAgentWallet(AGENT, wallet, deadline, signature);
  return { c, operator, approved, wallet };
}

describe("StakeVault: deployment and access", function () {
  describe("deployment", function () {
    it("should be bound to its deployer and to what it was given", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      expect(await c.vault.consensus()).to.equal(await c.driver.getAddress());
      expect(await c.vault.claims()).to.equal(c.claims.address);
      expect(await c.vault.token()).to.equal(await c.token.getAddress());
      expect(await c.vault.registry()).to.equal(await c.registry.getAddress());
      expect(await c.vault.sink()).to.equal(c.sink.address);
      expect(await c.vault.genesis()).to.equal(c.genesis);
      expect(await c.vault.epochLength()).to.equal(EPOCH_LENGTH);
    });

    it("should revert when the sink or Claims is zero", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const deploy = (claims: string, sink: string) =>
        ethers.deployContract("StakeVault", [c.token, c.registry, claims, sink, c.genesis, EPOCH_LENGTH]);

      await expect(deploy(c.claims.address, ethers.ZeroAddress))
        .to.be.revertedWithCustomError(c.vault, "InvalidReceiver")
        .withArgs(ethers.ZeroAddress);
      await expect(deploy(ethers.ZeroAddress, c.sink.address))
        .to.be.revertedWithCustomError(c.vault, "ZeroAddress")
        .withArgs();
    });

    it("should have no function that changes anything but those tested here", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);
      const names: string[] = [];
      c.vault.interface.forEachFunction(({ name, constant }) => {
        if (!constant) names.push(name);
      });

      expect(names).to.have.members([
        ...["deposit", "depositWithPermit", "completeLowering", "collect", "flush", "applyChange"],
        ...Object.keys({ ...OWNERS_FUNCTIONS, ...CLAIMS_FUNCTIONS, ...DESKS_FUNCTIONS }),
      ]);
    });

    it("should take no ether", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      await expect(c.owner.sendTransaction({ to: c.vault, value: 1n })).to.revert(ethers);
    });
  });

  describe("applyChange", function () {
    it("should revert for all but Consensus, Claims included", async function () {
      const c = await networkHelpers.loadFixture(vaultFixture);

      for (const caller of Object.values(c.signers)) {
        await expect(c.vault.connect(caller).applyChange(AGENT, NO_CHANGE))
          .to.be.revertedWithCustomError(c.vault, "NotConsensus")
          .withArgs(caller.address);
      }
    });
  });

  for (const [name, call] of Object.entries(DESKS_FUNCTIONS)) {
    describe(name, function () {
      it("should revert for all but Consensus and Claims", async function () {
        const c = await networkHelpers.loadFixture(vaultFixture);
        const { claims: _claims, ...others } = c.signers;

        for (const caller of Object.values(others)) {
          await expect(call(c.vault.connect(caller)))
            .to.be.revertedWithCustomError(c.vault, "NotDesk")
            .withArgs(caller.address);
        }
      });
    });
  }

  for (const [name, call] of Object.entries(CLAIMS_FUNCTIONS)) {
    describe(name, function () {
      it("should revert for all but Claims, Consensus included", async function () {
        const c = await networkHelpers.loadFixture(vaultFixture);
        const { claims: _claims, ...others } = c.signers;

        for (const caller of Object.values(others)) {
          await expect(call(c.vault.connect(caller)))
            .to.be.revertedWithCustomError(c.vault, "NotDesk")
            .withArgs(caller.address);
        }
        await expect(call(c.asConsensus))
          .to.be.revertedWithCustomError(c.vault, "NotDesk")
          .withArgs(await c.driver.getAddress());
      });
    });
  }

  for (const [name, call] of Object.entries(OWNERS_FUNCTIONS)) {
    describe(name, function () {
      it("should revert for all but the agent's owner: operators, wallet, Claims, Consensus, other owners", async function () {
        const { c, operator, approved, wallet } = await networkHelpers.loadFixture(delegatedFixture);
        const { owner: _owner, ...others } = c.signers;

        for (const caller of [...Object.values(others), operator, approved, wallet]) {
          await expect(call(c.vault.connect(caller), AGENT))
            .to.be.revertedWithCustomError(c.vault, "NotAgentOwner")
            .withArgs(AGENT, caller.address);
        }
        await expect(call(c.asConsensus, AGENT))
          .to.be.revertedWithCustomError(c.vault, "NotAgentOwner")
          .withArgs(AGENT, await c.driver.getAddress());
      });

      it("should revert for an agent of somebody else, though the caller owns one", async function () {
        const c = await networkHelpers.loadFixture(vaultFixture);

        await expect(call(c.asOwner, OTHER))
          .to.be.revertedWithCustomError(c.vault, "NotAgentOwner")
          .withArgs(OTHER, c.owner.address);
      });

      it("should revert as the registry does when the agent does not exist", async function () {
        const c = await networkHelpers.loadFixture(vaultFixture);

        await expect(call(c.asOwner, NO_AGENT))
          .to.be.revertedWithCustomError(c.registry, "ERC721NonexistentToken")
          .withArgs(NO_AGENT);
      });
    });
  }
});
