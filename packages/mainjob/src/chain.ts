import { deployProtocol, SharedChain } from "@assay/agent";
import { type Assay, type Contracts, createClient } from "@assay/sdk";
import { ethers, type Provider, type Signer } from "ethers";
import { ROOT } from "./compile.ts";
import { derive } from "./chance.ts";
import { LocalWallet } from "./local-wallet.ts";

/** Seconds. Long enough that the time a run takes in reality never reaches the end of an epoch. */
export const EPOCH_LENGTH = 3_600;
/** What the chain's clock shows at first, so that two runs see the same time. */
const INITIAL_DATE = "2026-01-01T00:00:00Z";
/** Each account's ether, for gas. */
const GAS_MONEY = ethers.parseEther("10");

/** A local chain in this process with the protocol on it, and hands on its clock. */
export interface Chain {
  readonly provider: Provider;
  readonly assay: Assay;
  /** As all agents see it together; its clock moves with the epochs. */
  readonly shared: SharedChain;
  readonly contracts: Contracts;
  readonly genesis: number;
  /** A new account with ether, whose key follows from the seed. */
  account(label: string): Promise<LocalWallet>;
  /** Gives each account at least its amount of stake tokens from the faucet, and approves the vault. */
  provide(accounts: readonly { readonly wallet: LocalWallet; readonly amount: bigint }[]): Promise<void>;
  epoch(): Promise<number>;
  /** Moves to a second after the start of the next epoch, with randomness that follows from the seed. */
  nextEpoch(): Promise<number>;
  close(): Promise<void>;
}

/** Starts a chain and deploys the protocol; the contracts must be compiled. */
export async function startChain(seed: number): Promise<Chain> {
  process.chdir(ROOT); // Hardhat looks for its configuration there
  const { network } = await import("hardhat");
  const connection = await network.create({ override: { initialDate: INITIAL_DATE } });
  const { provider } = connection.ethers;
  const [deployer, sink] = (await connection.ethers.getSigners()) as unknown as [Signer, Signer];
  const genesis = (await provider.getBlock("latest"))?.timestamp ?? 0;
  const { addresses } = await deployProtocol(deployer, {
    sink: await sink.getAddress(),
    genesis,
    epochLength: EPOCH_LENGTH,
    salt: ethers.ZeroHash,
  });
  const assay = createClient({ addresses, runner: provider });
  const { contracts } = assay;
  const { token } = contracts;

  let elapsed = 0;
  const shared = new SharedChain(assay, provider, () => elapsed);

  const epoch = async () => Number(await contracts.consensus.currentEpoch());
  const warpTo = async (timestamp: number) => {
    await provider.send("evm_setNextBlockTimestamp", [timestamp]);
    await provider.send("hardhat_setPrevRandao", [derive(seed, `prevrandao/${timestamp}`)]);
    await provider.send("evm_mine", []);
  };
  return {
    provider,
    assay,
    shared,
    contracts,
    genesis,
    epoch,
    account: async (label) => {
      const wallet = new LocalWallet(derive(seed, `key/${label}`), provider);
      await (await deployer.sendTransaction({ to: wallet.address, value: GAS_MONEY })).wait();
      return wallet;
    },
    provide: async (accounts) => {
      const period = Number(await token.FAUCET_PERIOD());
      const helping = await token.FAUCET_AMOUNT();
      for (const { wallet } of accounts) await token.connect(wallet).approve(addresses.vault, ethers.MaxUint256);
      let short = accounts.map(({ wallet, amount }) => ({ wallet, missing: amount }));
      for (let day = 0; short.length > 0; day++) {
        if (day > 0) await warpTo(((await provider.getBlock("latest"))?.timestamp ?? 0) + period);
        for (const { wallet } of short) await token.connect(wallet).faucet();
        short = short.map((s) => ({ ...s, missing: s.missing - helping })).filter(({ missing }) => missing > 0n);
      }
    },
    nextEpoch: async () => {
      const next = (await epoch()) + 1;
      await provider.send("evm_setNextBlockTimestamp", [genesis + next * EPOCH_LENGTH + 1]);
      await provider.send("hardhat_setPrevRandao", [derive(seed, `prevrandao/epoch ${next}`)]);
      // The first transaction of the epoch fixes its seed.
      await (await contracts.consensus.connect(deployer).roll()).wait();
      elapsed += EPOCH_LENGTH * 1000;
      return next;
    },
    close: () => connection.close(),
  };
}
