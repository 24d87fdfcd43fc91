import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { type ContractTransactionResponse, type Signer, type TypedDataDomain, Wallet } from "ethers";
import { network } from "hardhat";

const { ethers, networkHelpers } = await network.create();
const { time } = networkHelpers;

const URI = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
const METADATA = [
  { metadataKey: "name", metadataValue: ethers.toUtf8Bytes("Ada") },
  { metadataKey: "model", metadataValue: ethers.toUtf8Bytes("naive Bayes, 2,000 messages, smoothed") },
];
const MAX_DEADLINE_DELAY = 5 * 60;
const NO_AGENT = 99n;

const WALLET_TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

type Six<T> = [T, T, T, T, T, T];

describe("AgentRegistry", function () {
  async function fixture() {
    const [owner, operator, approved, wallet, buyer, stranger] =
      (await ethers.getSigners()) as Six<HardhatEthersSigner>;
    const registry = await ethers.deployContract("AgentRegistry");
    const contractWallet = await ethers.deployContract("Erc1271Wallet", [wallet]);
    const flipper = await ethers.deployContract("AgentFlippingOwner", [registry, buyer]);

    const domain: TypedDataDomain = {
      name: "ERC8004IdentityRegistry",
      version: "1",
      chainId: (await ethers.provider.getNetwork()).chainId,
      verifyingContract: await registry.getAddress(),
    };
    /** The consent of a wallet to act for agent 0 of `owner`; parts of the domain can be replaced. */
    const consent = async (
      signer: Pick<Signer, "signTypedData">,
      fields: { newWallet: string; deadline: number },
      otherDomain: TypedDataDomain = {},
    ) =>
      await signer.signTypedData({ ...domain, ...otherDomain }, WALLET_TYPES, {
        agentId: 0n,
        owner: owner.address,
        ...fields,
      });

    return { registry, contractWallet, flipper, consent, owner, operator, approved, wallet, buyer, stranger };
  }

  /** One agent, id 0, with a URI and metadata; its owner has an operator, and approved somebody for the token. */
  async function agentFixture() {
    const context = await fixture();
    const { registry, owner, operator, approved } = context;
    await registry.connect(owner)["register(string,(string,bytes)[])"](URI, METADATA);
    await registry.connect(owner).setApprovalForAll(operator, true);
    await registry.connect(owner).approve(approved, 0n);
    return context;
  }

  /** The agent has a wallet that is not its owner. */
  async function walletFixture() {
    const context = await agentFixture();
    const { registry, owner, wallet, consent } = context;
    const deadline = (await time.latest()) + 60;
    const signature = await consent(wallet, { newWallet: wallet.address, deadline });
    await registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature);
    return { ...context, deadline, signature };
  }

  /** A registry's events of one transaction, by name and in their order. */
  async function eventNames(
    registry: Awaited<ReturnType<typeof fixture>>["registry"],
    tx: ContractTransactionResponse,
  ) {
    const receipt = await tx.wait();
    return receipt?.logs.map((log) => registry.interface.parseLog(log)?.name);
  }

  describe("deployment", function () {
    it("should carry the standard's names, EIP-712 domain and version", async function () {
      const { registry } = await networkHelpers.loadFixture(fixture);

      expect(await registry.name()).to.equal("AgentIdentity");
      expect(await registry.symbol()).to.equal("AGENT");
      expect(await registry.getVersion()).to.equal("2.0.0");
      const { chainId } = await ethers.provider.getNetwork();
      expect(await registry.eip712Domain()).to.deep.equal([
        "0x0f",
        "ERC8004IdentityRegistry",
        "1",
        chainId,
        await registry.getAddress(),
        ethers.ZeroHash,
        [],
      ]);
    });

    it("should support ERC-165, ERC-721, its metadata extension and ERC-4906, and nothing else", async function () {
      const { registry } = await networkHelpers.loadFixture(fixture);

      expect(await registry.supportsInterface("0x01ffc9a7")).to.equal(true);
      expect(await registry.supportsInterface("0x80ac58cd")).to.equal(true);
      expect(await registry.supportsInterface("0x5b5e139f")).to.equal(true);
      expect(await registry.supportsInterface("0x49064906")).to.equal(true);
      expect(await registry.supportsInterface("0xffffffff")).to.equal(false);
      expect(await registry.supportsInterface("0x12345678")).to.equal(false);
    });

    it("should have every function and event of the standard", async function () {
      const { registry } = await networkHelpers.loadFixture(fixture);
      // As the standard and its reference implementation declare them.
      const standard = new ethers.Interface([
        "function register() returns (uint256 agentId)",
        "function register(string agentURI) returns (uint256 agentId)",
        "function register(string agentURI, (string metadataKey, bytes metadataValue)[] metadata) returns (uint256 agentId)",
        "function setAgentURI(uint256 agentId, string newURI)",
        "function getMetadata(uint256 agentId, string metadataKey) view returns (bytes)",
        "function setMetadata(uint256 agentId, string metadataKey, bytes metadataValue)",
        "function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes signature)",
        "function getAgentWallet(uint256 agentId) view returns (address)",
        "function unsetAgentWallet(uint256 agentId)",
        "function isAuthorizedOrOwner(address spender, uint256 agentId) view returns (bool)",
        "function getVersion() pure returns (string)",
        "event Registered(uint256 indexed agentId, string agentURI, address indexed owner)",
        "event MetadataSet(uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue)",
        "event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy)",
      ]);

      const ours = new Set(registry.interface.format(true));
      expect(standard.format(true).filter((fragment) => !ours.has(fragment))).to.deep.equal([]);
    });
  });

  describe("register()", function () {
    describe("given no agent yet", function () {
      it("should give out id 0", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(fixture);

        expect(await registry["register()"].staticCall()).to.equal(0n);
        await registry["register()"]();
        expect(await registry.ownerOf(0n)).to.equal(owner.address);
      });
    });

    describe("given agents", function () {
      it("should give out ids one after the other", async function () {
        const { registry, owner, buyer } = await networkHelpers.loadFixture(agentFixture);

        await registry.connect(buyer)["register()"]();
        await registry.connect(owner)["register(string)"](URI);

        expect(await registry.ownerOf(1n)).to.equal(buyer.address);
        expect(await registry.ownerOf(2n)).to.equal(owner.address);
      });
    });

    it("should make the caller owner and wallet, and store no URI", async function () {
      const { registry, owner } = await networkHelpers.loadFixture(fixture);

      const tx = await registry["register()"]();

      await expect(tx).to.changeTokenBalance(ethers, registry, owner, 1n);
      expect(await registry.ownerOf(0n)).to.equal(owner.address);
      expect(await registry.getAgentWallet(0n)).to.equal(owner.address);
      expect(await registry.tokenURI(0n)).to.equal("");
    });

    it("should emit Transfer, Registered and MetadataSet, in that order", async function () {
      const { registry, owner } = await networkHelpers.loadFixture(fixture);

      const tx = await registry["register()"]();

      expect(await eventNames(registry, tx)).to.deep.equal(["Transfer", "Registered", "MetadataSet"]);
      await expect(tx).to.emit(registry, "Transfer").withArgs(ethers.ZeroAddress, owner, 0n);
      await expect(tx).to.emit(registry, "Registered").withArgs(0n, "", owner);
      await expect(tx)
        .to.emit(registry, "MetadataSet")
        .withArgs(0n, "agentWallet", "agentWallet", owner.address.toLowerCase());
    });

    describe("when a caller with code does not take ERC-721 tokens", function () {
      it("should revert", async function () {
        const { registry, contractWallet } = await networkHelpers.loadFixture(fixture);
        const address = await contractWallet.getAddress();
        await networkHelpers.setBalance(address, 10n ** 18n);
        const caller = await ethers.getImpersonatedSigner(address);

        await expect(registry.connect(caller)["register()"]())
          .to.be.revertedWithCustomError(registry, "ERC721InvalidReceiver")
          .withArgs(address);
      });
    });
  });

  describe("register(string)", function () {
    it("should store the URI", async function () {
      const { registry, owner } = await networkHelpers.loadFixture(fixture);

      await registry["register(string)"](URI);

      expect(await registry.tokenURI(0n)).to.equal(URI);
      expect(await registry.ownerOf(0n)).to.equal(owner.address);
      expect(await registry.getAgentWallet(0n)).to.equal(owner.address);
    });

    it("should emit Transfer, MetadataUpdate, Registered and MetadataSet, in that order", async function () {
      const { registry, owner } = await networkHelpers.loadFixture(fixture);

      const tx = await registry["register(string)"](URI);

      expect(await eventNames(registry, tx)).to.deep.equal(["Transfer", "MetadataUpdate", "Registered", "MetadataSet"]);
      await expect(tx).to.emit(registry, "Transfer").withArgs(ethers.ZeroAddress, owner, 0n);
      await expect(tx).to.emit(registry, "MetadataUpdate").withArgs(0n);
      await expect(tx).to.emit(registry, "Registered").withArgs(0n, URI, owner);
      await expect(tx)
        .to.emit(registry, "MetadataSet")
        .withArgs(0n, "agentWallet", "agentWallet", owner.address.toLowerCase());
    });

    describe("when the URI is empty", function () {
      it("should do what register() does", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(fixture);

        const tx = await registry["register(string)"]("");

        expect(await eventNames(registry, tx)).to.deep.equal(["Transfer", "Registered", "MetadataSet"]);
        await expect(tx).to.emit(registry, "Registered").withArgs(0n, "", owner);
        expect(await registry.tokenURI(0n)).to.equal("");
      });
    });
  });

  describe("register(string,(string,bytes)[])", function () {
    it("should store the URI and every entry", async function () {
      const { registry, owner } = await networkHelpers.loadFixture(fixture);

      await registry["register(string,(string,bytes)[])"](URI, METADATA);

      expect(await registry.tokenURI(0n)).to.equal(URI);
      expect(await registry.ownerOf(0n)).to.equal(owner.address);
      expect(await registry.getAgentWallet(0n)).to.equal(owner.address);
      for (const { metadataKey, metadataValue } of METADATA) {
        expect(await registry.getMetadata(0n, metadataKey)).to.equal(ethers.hexlify(metadataValue));
      }
    });

    it("should emit one MetadataSet for the wallet and one for each entry, in their order", async function () {
      const { registry, owner } = await networkHelpers.loadFixture(fixture);

      const tx = await registry["register(string,(string,bytes)[])"](URI, METADATA);

      expect(await eventNames(registry, tx)).to.deep.equal([
        "Transfer",
        "MetadataUpdate",
        "Registered",
        "MetadataSet",
        "MetadataSet",
        "MetadataSet",
      ]);
      const events = await registry.queryFilter(registry.filters.MetadataSet());
      expect(events.map(({ args }) => [args.agentId, args.metadataKey, args.metadataValue])).to.deep.equal([
        [0n, "agentWallet", owner.address.toLowerCase()],
        ...METADATA.map(({ metadataKey, metadataValue }) => [0n, metadataKey, ethers.hexlify(metadataValue)]),
      ]);
      expect(events.map(({ topics }) => topics[2])).to.deep.equal(
        ["agentWallet", ...METADATA.map(({ metadataKey }) => metadataKey)].map(ethers.id),
      );
    });

    describe("when there are no entries", function () {
      it("should do what register(string) does", async function () {
        const { registry } = await networkHelpers.loadFixture(fixture);

        const tx = await registry["register(string,(string,bytes)[])"](URI, []);

        expect(await registry.tokenURI(0n)).to.equal(URI);
        expect(await eventNames(registry, tx)).to.deep.equal([
          "Transfer",
          "MetadataUpdate",
          "Registered",
          "MetadataSet",
        ]);
      });
    });

    describe("when a key is repeated", function () {
      it("should keep the last value", async function () {
        const { registry } = await networkHelpers.loadFixture(fixture);

        await registry["register(string,(string,bytes)[])"](URI, [
          { metadataKey: "name", metadataValue: "0x01" },
          { metadataKey: "name", metadataValue: "0x02" },
        ]);

        expect(await registry.getMetadata(0n, "name")).to.equal("0x02");
      });
    });

    describe('when a key is "agentWallet"', function () {
      it("should revert", async function () {
        const { registry, stranger } = await networkHelpers.loadFixture(fixture);

        await expect(
          registry["register(string,(string,bytes)[])"](URI, [
            ...METADATA,
            { metadataKey: "agentWallet", metadataValue: stranger.address },
          ]),
        )
          .to.be.revertedWithCustomError(registry, "ReservedMetadataKey")
          .withArgs("agentWallet");
      });
    });

    describe("when the owner's callback registers and transfers", function () {
      it("should have shown it a complete agent", async function () {
        const { registry, flipper } = await networkHelpers.loadFixture(fixture);

        await flipper.registerAndFlip(URI, METADATA);

        expect(await flipper.seenURI()).to.equal(URI);
        expect(await flipper.seenName()).to.equal(await registry.getMetadata(0n, "name"));
        expect(await flipper.seenName()).to.equal(ethers.hexlify(ethers.toUtf8Bytes("Ada")));
        expect(await flipper.seenWallet()).to.equal(await flipper.getAddress());
      });

      it("should leave the buyer with the agent, no wallet set, and the events in the right order", async function () {
        const { registry, flipper, buyer } = await networkHelpers.loadFixture(fixture);

        const tx = await flipper.registerAndFlip(URI, METADATA);

        expect(await registry.ownerOf(0n)).to.equal(buyer.address);
        expect(await registry.getAgentWallet(0n)).to.equal(ethers.ZeroAddress);
        expect(await registry.ownerOf(1n)).to.equal(await flipper.getAddress());
        expect(await registry.getAgentWallet(1n)).to.equal(await flipper.getAddress());
        expect(await eventNames(registry, tx)).to.deep.equal([
          ...["Transfer", "MetadataUpdate", "Registered", "MetadataSet", "MetadataSet", "MetadataSet"],
          ...["Transfer", "Registered", "MetadataSet"],
          ...["Transfer", "MetadataSet"],
        ]);
      });
    });
  });

  describe("setAgentURI", function () {
    const NEW_URI = "https://example.com/agent.json";

    describe("when called by the owner", function () {
      it("should replace the URI and emit MetadataUpdate and URIUpdated", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(agentFixture);

        const tx = await registry.connect(owner).setAgentURI(0n, NEW_URI);

        expect(await registry.tokenURI(0n)).to.equal(NEW_URI);
        expect(await eventNames(registry, tx)).to.deep.equal(["MetadataUpdate", "URIUpdated"]);
        await expect(tx).to.emit(registry, "MetadataUpdate").withArgs(0n);
        await expect(tx).to.emit(registry, "URIUpdated").withArgs(0n, NEW_URI, owner);
      });
    });

    describe("when called by an operator of the owner", function () {
      it("should replace the URI and name the operator in URIUpdated", async function () {
        const { registry, operator } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(operator).setAgentURI(0n, NEW_URI))
          .to.emit(registry, "URIUpdated")
          .withArgs(0n, NEW_URI, operator);
        expect(await registry.tokenURI(0n)).to.equal(NEW_URI);
      });
    });

    describe("when called by whom the owner approved for the token", function () {
      it("should replace the URI and name the approved in URIUpdated", async function () {
        const { registry, approved } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(approved).setAgentURI(0n, NEW_URI))
          .to.emit(registry, "URIUpdated")
          .withArgs(0n, NEW_URI, approved);
        expect(await registry.tokenURI(0n)).to.equal(NEW_URI);
      });
    });

    describe("when called by the agent's wallet", function () {
      it("should revert", async function () {
        const { registry, wallet } = await networkHelpers.loadFixture(walletFixture);

        await expect(registry.connect(wallet).setAgentURI(0n, NEW_URI))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(wallet, 0n);
      });
    });

    describe("when called by anyone else", function () {
      it("should revert", async function () {
        const { registry, stranger } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(stranger).setAgentURI(0n, NEW_URI))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(stranger, 0n);
        expect(await registry.tokenURI(0n)).to.equal(URI);
      });
    });

    describe("given no such agent", function () {
      it("should revert", async function () {
        const { registry } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.setAgentURI(NO_AGENT, NEW_URI))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(NO_AGENT);
      });
    });
  });

  describe("setMetadata", function () {
    describe("when called by the owner", function () {
      it("should store the value and emit MetadataSet", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(owner).setMetadata(0n, "colour", "0xc0ffee"))
          .to.emit(registry, "MetadataSet")
          .withArgs(0n, "colour", "colour", "0xc0ffee");
        expect(await registry.getMetadata(0n, "colour")).to.equal("0xc0ffee");
      });
    });

    describe("when called by an operator of the owner", function () {
      it("should store the value", async function () {
        const { registry, operator } = await networkHelpers.loadFixture(agentFixture);

        await registry.connect(operator).setMetadata(0n, "colour", "0xc0ffee");

        expect(await registry.getMetadata(0n, "colour")).to.equal("0xc0ffee");
      });
    });

    describe("when called by whom the owner approved for the token", function () {
      it("should store the value", async function () {
        const { registry, approved } = await networkHelpers.loadFixture(agentFixture);

        await registry.connect(approved).setMetadata(0n, "colour", "0xc0ffee");

        expect(await registry.getMetadata(0n, "colour")).to.equal("0xc0ffee");
      });
    });

    describe("given a value", function () {
      it("should replace it, with an empty one too", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(agentFixture);

        await registry.connect(owner).setMetadata(0n, "model", "0x01");
        expect(await registry.getMetadata(0n, "model")).to.equal("0x01");

        await expect(registry.connect(owner).setMetadata(0n, "model", "0x"))
          .to.emit(registry, "MetadataSet")
          .withArgs(0n, "model", "model", "0x");
        expect(await registry.getMetadata(0n, "model")).to.equal("0x");
      });
    });

    describe('when the key is "agentWallet"', function () {
      it("should revert", async function () {
        const { registry, owner, stranger } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(owner).setMetadata(0n, "agentWallet", stranger.address))
          .to.be.revertedWithCustomError(registry, "ReservedMetadataKey")
          .withArgs("agentWallet");
        expect(await registry.getAgentWallet(0n)).to.equal(owner.address);
      });
    });

    describe("when called by anyone else", function () {
      it("should revert", async function () {
        const { registry, stranger } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(stranger).setMetadata(0n, "name", "0xc0ffee"))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(stranger, 0n);
      });
    });

    describe("given no such agent", function () {
      it("should revert", async function () {
        const { registry } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.setMetadata(NO_AGENT, "name", "0xc0ffee"))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(NO_AGENT);
      });
    });
  });

  describe("setAgentWallet", function () {
    const inAMinute = async () => (await time.latest()) + 60;

    describe("when the new wallet's key signed", function () {
      it("should set the wallet and emit MetadataSet", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        const tx = await registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
        expect(await eventNames(registry, tx)).to.deep.equal(["MetadataSet"]);
        await expect(tx)
          .to.emit(registry, "MetadataSet")
          .withArgs(0n, "agentWallet", "agentWallet", wallet.address.toLowerCase());
      });
    });

    describe("when called by an operator of the owner", function () {
      it("should set the wallet", async function () {
        const { registry, operator, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await registry.connect(operator).setAgentWallet(0n, wallet, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });

    describe("when called by whom the owner approved for the token", function () {
      it("should set the wallet", async function () {
        const { registry, approved, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await registry.connect(approved).setAgentWallet(0n, wallet, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });

    describe("when the new wallet is a contract that accepts the signature by ERC-1271", function () {
      it("should set the wallet", async function () {
        const { registry, owner, wallet, contractWallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const newWallet = await contractWallet.getAddress();
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet, deadline });

        await registry.connect(owner).setAgentWallet(0n, newWallet, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(newWallet);
      });
    });

    describe("when the new wallet is an EIP-7702 account whose delegate knows no ERC-1271", function () {
      it("should set the wallet by the signature of its key", async function () {
        const { registry, owner, flipper, consent } = await networkHelpers.loadFixture(agentFixture);
        const account = new Wallet(ethers.id("an EIP-7702 account"), ethers.provider);
        await networkHelpers.setBalance(account.address, 10n ** 18n);
        const nonce = await account.getNonce();
        const delegation = await account.authorize({ address: await flipper.getAddress(), nonce: nonce + 1 });
        await account.sendTransaction({ type: 4, to: owner, authorizationList: [delegation] });
        const deadline = await inAMinute();
        const signature = await consent(account, { newWallet: account.address, deadline });

        expect(await ethers.provider.getCode(account)).to.equal(
          ethers.concat(["0xef0100", await flipper.getAddress()]),
        );
        await registry.connect(owner).setAgentWallet(0n, account, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(account.address);
      });
    });

    describe("when the deadline is this very second", function () {
      it("should set the wallet", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await time.setNextBlockTimestamp(deadline);
        await registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });

    describe("when the deadline is five minutes ahead", function () {
      it("should set the wallet", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const now = await inAMinute();
        const deadline = now + MAX_DEADLINE_DELAY;
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await time.setNextBlockTimestamp(now);
        await registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });

    describe("when the signature is used again before its deadline", function () {
      it("should set the same wallet again", async function () {
        const { registry, owner, wallet, deadline, signature } = await networkHelpers.loadFixture(walletFixture);
        await registry.connect(owner).unsetAgentWallet(0n);

        await registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature);

        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });

    describe("when the new wallet is zero", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: ethers.ZeroAddress, deadline });

        await expect(registry.connect(owner).setAgentWallet(0n, ethers.ZeroAddress, deadline, signature))
          .to.be.revertedWithCustomError(registry, "ZeroAgentWallet")
          .withArgs(0n);
      });
    });

    describe("when the deadline has passed", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await time.setNextBlockTimestamp(deadline + 1);
        await expect(registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature))
          .to.be.revertedWithCustomError(registry, "DeadlineExpired")
          .withArgs(deadline, deadline + 1);
      });
    });

    describe("when the deadline is more than five minutes ahead", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const now = await inAMinute();
        const deadline = now + MAX_DEADLINE_DELAY + 1;
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await time.setNextBlockTimestamp(now);
        await expect(registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature))
          .to.be.revertedWithCustomError(registry, "DeadlineTooFar")
          .withArgs(deadline, now + MAX_DEADLINE_DELAY);
      });
    });

    describe("when someone else signed", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, stranger, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(stranger, { newWallet: wallet.address, deadline });

        await expect(registry.connect(owner).setAgentWallet(0n, wallet, deadline, signature))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, wallet);
        expect(await registry.getAgentWallet(0n)).to.equal(owner.address);
      });
    });

    describe("when the signature is malformed", function () {
      it("should revert", async function () {
        const { registry, owner, wallet } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(owner).setAgentWallet(0n, wallet, await inAMinute(), "0xc0ffee"))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, wallet);
      });
    });

    describe("when the new wallet is a contract that refuses the signature", function () {
      it("should revert", async function () {
        const { registry, owner, stranger, contractWallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const newWallet = await contractWallet.getAddress();
        const deadline = await inAMinute();
        const signature = await consent(stranger, { newWallet, deadline });

        await expect(registry.connect(owner).setAgentWallet(0n, newWallet, deadline, signature))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, newWallet);
      });
    });

    describe("when the new wallet is a contract that reverts on the signature", function () {
      it("should revert", async function () {
        const { registry, owner, contractWallet } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.connect(owner).setAgentWallet(0n, contractWallet, await inAMinute(), "0xc0ffee"))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, contractWallet);
      });
    });

    describe("when the signature is for another agent", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        await registry.connect(owner)["register()"]();
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await expect(registry.connect(owner).setAgentWallet(1n, wallet, deadline, signature))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(1n, wallet);
      });
    });

    describe("when the signature is for another deadline", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await expect(registry.connect(owner).setAgentWallet(0n, wallet, deadline + 1, signature))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, wallet);
      });
    });

    describe("when the signature is for another registry", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, stranger, consent } = await networkHelpers.loadFixture(agentFixture);
        const fields = { newWallet: wallet.address, deadline: await inAMinute() };
        const signature = await consent(wallet, fields, { verifyingContract: stranger.address });

        await expect(registry.connect(owner).setAgentWallet(0n, wallet, fields.deadline, signature))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, wallet);
      });
    });

    describe("when the signature is for another chain", function () {
      it("should revert", async function () {
        const { registry, owner, consent } = await networkHelpers.loadFixture(agentFixture);
        const account = Wallet.createRandom(); // a node's accounts sign for the node's chain only
        const fields = { newWallet: account.address, deadline: await inAMinute() };
        const signature = await consent(account, fields, { chainId: 1n });

        await expect(registry.connect(owner).setAgentWallet(0n, account, fields.deadline, signature))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, account);
      });
    });

    describe("given the agent was transferred since it was signed", function () {
      it("should revert", async function () {
        const { registry, owner, wallet, buyer, deadline, signature } = await networkHelpers.loadFixture(walletFixture);
        await registry.connect(owner).transferFrom(owner, buyer, 0n);

        await expect(registry.connect(buyer).setAgentWallet(0n, wallet, deadline, signature))
          .to.be.revertedWithCustomError(registry, "InvalidWalletSignature")
          .withArgs(0n, wallet);
        expect(await registry.getAgentWallet(0n)).to.equal(ethers.ZeroAddress);
      });
    });

    describe("when called by the new wallet itself", function () {
      it("should revert", async function () {
        const { registry, wallet, consent } = await networkHelpers.loadFixture(agentFixture);
        const deadline = await inAMinute();
        const signature = await consent(wallet, { newWallet: wallet.address, deadline });

        await expect(registry.connect(wallet).setAgentWallet(0n, wallet, deadline, signature))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(wallet, 0n);
      });
    });

    describe("given no such agent", function () {
      it("should revert", async function () {
        const { registry, wallet } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.setAgentWallet(NO_AGENT, wallet, await inAMinute(), "0x"))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(NO_AGENT);
      });
    });
  });

  describe("unsetAgentWallet", function () {
    describe("when called by the owner", function () {
      it("should clear the wallet and emit MetadataSet with an empty value", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(walletFixture);

        await expect(registry.connect(owner).unsetAgentWallet(0n))
          .to.emit(registry, "MetadataSet")
          .withArgs(0n, "agentWallet", "agentWallet", "0x");
        expect(await registry.getAgentWallet(0n)).to.equal(ethers.ZeroAddress);
      });
    });

    describe("when called by an operator of the owner", function () {
      it("should clear the wallet", async function () {
        const { registry, operator } = await networkHelpers.loadFixture(walletFixture);

        await registry.connect(operator).unsetAgentWallet(0n);

        expect(await registry.getAgentWallet(0n)).to.equal(ethers.ZeroAddress);
      });
    });

    describe("when called by whom the owner approved for the token", function () {
      it("should clear the wallet", async function () {
        const { registry, approved } = await networkHelpers.loadFixture(walletFixture);

        await registry.connect(approved).unsetAgentWallet(0n);

        expect(await registry.getAgentWallet(0n)).to.equal(ethers.ZeroAddress);
      });
    });

    describe("when called by anyone else", function () {
      it("should revert", async function () {
        const { registry, wallet } = await networkHelpers.loadFixture(walletFixture);

        await expect(registry.connect(wallet).unsetAgentWallet(0n))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(wallet, 0n);
        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });

    describe("given no such agent", function () {
      it("should revert", async function () {
        const { registry } = await networkHelpers.loadFixture(walletFixture);

        await expect(registry.unsetAgentWallet(NO_AGENT))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(NO_AGENT);
      });
    });
  });

  describe("transfers", function () {
    it("should clear the wallet and emit MetadataSet with an empty value", async function () {
      const { registry, owner, buyer } = await networkHelpers.loadFixture(walletFixture);

      const tx = await registry.connect(owner).transferFrom(owner, buyer, 0n);

      await expect(tx).to.changeTokenBalances(ethers, registry, [owner, buyer], [-1n, 1n]);
      expect(await registry.ownerOf(0n)).to.equal(buyer.address);
      expect(await registry.getAgentWallet(0n)).to.equal(ethers.ZeroAddress);
      expect(await eventNames(registry, tx)).to.deep.equal(["Transfer", "MetadataSet"]);
      await expect(tx).to.emit(registry, "Transfer").withArgs(owner, buyer, 0n);
      await expect(tx).to.emit(registry, "MetadataSet").withArgs(0n, "agentWallet", "agentWallet", "0x");
    });

    it("should keep the URI and the other metadata", async function () {
      const { registry, owner, buyer } = await networkHelpers.loadFixture(walletFixture);

      await registry.connect(owner).transferFrom(owner, buyer, 0n);

      expect(await registry.tokenURI(0n)).to.equal(URI);
      expect(await registry.getMetadata(0n, "name")).to.equal(ethers.hexlify(ethers.toUtf8Bytes("Ada")));
    });

    it("should end what the former approved could do", async function () {
      const { registry, owner, approved, operator, buyer } = await networkHelpers.loadFixture(walletFixture);

      await registry.connect(owner).transferFrom(owner, buyer, 0n);

      expect(await registry.isAuthorizedOrOwner(approved, 0n)).to.equal(false);
      expect(await registry.isAuthorizedOrOwner(operator, 0n)).to.equal(false);
      expect(await registry.isAuthorizedOrOwner(owner, 0n)).to.equal(false);
    });

    describe("when the owner transfers to itself", function () {
      it("should clear the wallet", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(walletFixture);

        await registry.connect(owner).transferFrom(owner, owner, 0n);

        expect(await registry.ownerOf(0n)).to.equal(owner.address);
        expect(await registry.getAgentWallet(0n)).to.equal(ethers.ZeroAddress);
      });
    });

    describe("when the sender may not transfer", function () {
      it("should revert and keep the wallet", async function () {
        const { registry, owner, wallet } = await networkHelpers.loadFixture(walletFixture);

        await expect(registry.connect(wallet).transferFrom(owner, wallet, 0n))
          .to.be.revertedWithCustomError(registry, "ERC721InsufficientApproval")
          .withArgs(wallet, 0n);
        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });

    describe("when transferred safely to a contract that does not take ERC-721 tokens", function () {
      it("should revert and keep the wallet", async function () {
        const { registry, owner, wallet, contractWallet } = await networkHelpers.loadFixture(walletFixture);

        await expect(registry.connect(owner)["safeTransferFrom(address,address,uint256)"](owner, contractWallet, 0n))
          .to.be.revertedWithCustomError(registry, "ERC721InvalidReceiver")
          .withArgs(contractWallet);
        expect(await registry.getAgentWallet(0n)).to.equal(wallet.address);
      });
    });
  });

  describe("getMetadata", function () {
    describe('when the key is "agentWallet"', function () {
      it("should give the wallet's 20 bytes, and nothing once unset", async function () {
        const { registry, owner, wallet } = await networkHelpers.loadFixture(walletFixture);

        expect(await registry.getMetadata(0n, "agentWallet")).to.equal(wallet.address.toLowerCase());
        await registry.connect(owner).unsetAgentWallet(0n);
        expect(await registry.getMetadata(0n, "agentWallet")).to.equal("0x");
      });
    });

    describe("given no such agent or key", function () {
      it("should be empty", async function () {
        const { registry } = await networkHelpers.loadFixture(agentFixture);

        expect(await registry.getMetadata(0n, "no such key")).to.equal("0x");
        expect(await registry.getMetadata(NO_AGENT, "name")).to.equal("0x");
        expect(await registry.getMetadata(NO_AGENT, "agentWallet")).to.equal("0x");
      });
    });
  });

  describe("getAgentWallet", function () {
    describe("given no such agent", function () {
      it("should be zero", async function () {
        const { registry } = await networkHelpers.loadFixture(agentFixture);

        expect(await registry.getAgentWallet(NO_AGENT)).to.equal(ethers.ZeroAddress);
      });
    });
  });

  describe("isAuthorizedOrOwner", function () {
    it("should be true for the owner, an operator and the approved", async function () {
      const { registry, owner, operator, approved } = await networkHelpers.loadFixture(walletFixture);

      expect(await registry.isAuthorizedOrOwner(owner, 0n)).to.equal(true);
      expect(await registry.isAuthorizedOrOwner(operator, 0n)).to.equal(true);
      expect(await registry.isAuthorizedOrOwner(approved, 0n)).to.equal(true);
    });

    it("should be false for the wallet and for anyone else", async function () {
      const { registry, wallet, stranger } = await networkHelpers.loadFixture(walletFixture);

      expect(await registry.isAuthorizedOrOwner(wallet, 0n)).to.equal(false);
      expect(await registry.isAuthorizedOrOwner(stranger, 0n)).to.equal(false);
    });

    describe("given no such agent", function () {
      it("should revert", async function () {
        const { registry, owner } = await networkHelpers.loadFixture(agentFixture);

        await expect(registry.isAuthorizedOrOwner(owner, NO_AGENT))
          .to.be.revertedWithCustomError(registry, "ERC721NonexistentToken")
          .withArgs(NO_AGENT);
      });
    });
  });
});
