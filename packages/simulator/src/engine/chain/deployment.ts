import { deployProtocol } from "@assay/agent";
import { addressWord, type Address, type Hex, hashWords, keccak, toHex, uintWord } from "@assay/protocol";
import { type Contracts, createClient } from "@assay/sdk";
import { BrowserProvider, computeAddress, MaxUint256, ZeroHash } from "ethers";
import { ASSERTION_WINDOW, minStakeOf, SILENT_EPOCHS } from "../domain.ts";
import type { AgentIndex } from "../engine.ts";
import type { Rules } from "../rules.ts";
import { type Call, LocalChain } from "./local-chain.ts";

/** Hardhat's. */
export const CHAIN_ID = 31_337;
/** Seconds: more than the blocks of any epoch, a second each. */
export const EPOCH_LENGTH = 86_400;
/** Seconds of epoch 0 for whatever a deployment takes, so that the clock shows the same after each. */
const DEPLOYMENT_TIME = 3_600;
/** Wei of stake tokens that there are to give. */
const SUPPLY = 1n << 120n;
/** Wei of stake tokens of a purse: more than it can spend. */
const PURSE = 1n << 100n;
/** Of the stake token: who has how much. */
const BALANCES_SLOT = 0;

/** Accounts of a run beside purses, by their private keys. */
export class Accounts {
  readonly #seed: number;
  readonly #keys = new Map<Address, Hex>();
  readonly #addresses = new Map<string, Address>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Owner of an agent. */
  agent(index: AgentIndex): Address {
    return this.#account(`agent/${index}`);
  }

  /** Rolls, finalizes and forfeits. */
  get keeper(): Address {
    return this.#account("keeper");
  }

  /** Gives others their stake tokens. */
  get treasury(): Address {
    return this.#account("treasury");
  }

  /** By address, of the accounts used so far. */
  get keys(): ReadonlyMap<Address, Hex> {
    return this.#keys;
  }

  #account(label: string): Address {
    const known = this.#addresses.get(label);
    if (known !== undefined) return known;
    const key = keccak(new TextEncoder().encode(`${this.#seed}/account/${label}`));
    const address = computeAddress(key) as Address;
    this.#addresses.set(label, address);
    this.#keys.set(address, key);
    return address;
  }
}

/** The protocol on a chain, with one domain. */
export interface Deployment {
  readonly chain: LocalChain;
  readonly contracts: Contracts;
  readonly consensus: Address;
  readonly vault: Address;
  readonly token: Address;
  readonly registry: Address;
  /** Unix seconds. */
  readonly genesis: number;
}

/** Starts a chain with the protocol, one domain and a treasury; the contracts must be compiled. */
export async function deploy(rules: Rules, treasury: Address): Promise<Deployment> {
  const chain = await LocalChain.create();
  const provider = new BrowserProvider(chain.connection.provider);
  const [deployer, sink] = [await provider.getSigner(0), await provider.getSigner(1)];
  const genesis = (await provider.getBlock("latest"))?.timestamp ?? 0;
  const { addresses } = await deployProtocol(deployer, {
    sink: sink.address,
    genesis,
    epochLength: EPOCH_LENGTH,
    salt: ZeroHash,
  });
  const { contracts } = createClient({ addresses, runner: deployer });
  const { outcomes, seats, supermajorityBps, maxRounds, seatFee, seatBond, burnBps, openAnswers } = rules;
  await contracts.consensus.createDomain(
    {
      ...{ outcomes, seats, supermajorityBps, maxRounds, seatFee, seatBond, burnBps, openAnswers },
      minStake: minStakeOf(rules),
      silentEpochs: SILENT_EPOCHS,
      assertionWindow: ASSERTION_WINDOW,
    },
    "",
  );
  provider.destroy();
  const lower = (name: keyof typeof addresses) => addresses[name].toLowerCase() as Address;
  const [consensus, vault, token, registry] = [lower("consensus"), lower("vault"), lower("token"), lower("registry")];
  // The faucet gives too little, and once a day.
  const slot = hashWords(addressWord(treasury), uintWord(BALANCES_SLOT));
  await chain.request("hardhat_setStorageAt", token, slot, toHex(uintWord(SUPPLY)));
  await chain.takeOver(genesis + DEPLOYMENT_TIME);
  const deployment = { chain, contracts, consensus, vault, token, registry, genesis };
  await chain.mine([approval(deployment, treasury)]);
  return deployment;
}

/** Gives a purse tokens to spend. */
export function purseCalls(deployment: Deployment, treasury: Address, purse: Address): Call[] {
  const { contracts, token } = deployment;
  const data = contracts.token.interface.encodeFunctionData("transfer", [purse, PURSE]) as Hex;
  return [{ from: treasury, to: token, data }, approval(deployment, purse)];
}

/** What of its tokens a purse has spent, wei. @param left in its account and as credits */
export function spentOf(left: bigint): bigint {
  return PURSE - left;
}

function approval({ contracts, token, vault }: Deployment, from: Address): Call {
  return { from, to: token, data: contracts.token.interface.encodeFunctionData("approve", [vault, MaxUint256]) as Hex };
}
