import type { Contracts } from "@assay/sdk";
import type { BaseContract, FunctionFragment } from "ethers";
import type { Connection } from "../../../test/kit/world.ts";

/** Contracts whose every external function is measured, and what they are called in {@link Contracts}. */
const MEASURED = {
  Consensus: "consensus",
  Claims: "claims",
  StakeVault: "vault",
  AgentRegistry: "registry",
} as const satisfies Record<string, keyof Contracts>;

/** Unix seconds for what is signed: one that follows the clock would make other signatures, and calldata, in every run. */
export const DEADLINE = 4_000_000_000;

export type MeasuredContract = keyof typeof MEASURED;

/** Gas by contract, then by function: "settle", or "settle: the case" where there are several. */
export type GasSnapshot = Record<string, Record<string, number>>;

/** Takes the gas of chosen transactions of a scenario, and knows which functions have none yet. */
export class GasRecorder {
  readonly #connection: Connection;
  readonly #contracts: Contracts;
  readonly #figures: GasSnapshot = {};
  readonly #seen = new Set<string>();

  constructor(connection: Connection, contracts: Contracts) {
    this.#connection = connection;
    this.#contracts = contracts;
    for (const name of Object.keys(MEASURED)) this.#figures[name] = {};
  }

  /**
   * Runs an action and notes its last transaction, which must be a call of one of the measured contracts.
   * @param label tells this case from others of the same function
   */
  async note(label: string, action: () => Promise<unknown>): Promise<void> {
    const { ethers, networkHelpers } = this.#connection;
    // Not the wall clock's time: signatures of deadlines, and thereby calldata, would differ from run to run.
    await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + 1);
    const before = await ethers.provider.getBlockNumber();
    await action();
    const block = await ethers.provider.getBlock("latest", true);
    const [hash] = block?.transactions ?? [];
    if (hash === undefined || block === null || block.number === before) throw new Error(`${label}: no transaction`);
    const [sent, receipt] = [block.getPrefetchedTransaction(hash), await ethers.provider.getTransactionReceipt(hash)];
    if (receipt?.status !== 1) throw new Error(`${label}: the transaction failed`);
    const { contract, abi } = await this.#contractAt(sent.to);
    const called = abi.interface.getFunction(sent.data.slice(0, 10));
    if (called === null) throw new Error(`${label}: unknown function of ${contract}`);
    this.#put(contract, called, label, Number(receipt.gasUsed));
  }

  /** Calls a view in a transaction of its own and notes it. */
  async view(contract: MeasuredContract, name: string, args: readonly unknown[], label = ""): Promise<void> {
    const abi = this.#contracts[MEASURED[contract]] as unknown as BaseContract;
    const data = abi.interface.encodeFunctionData(name, args);
    const [signer] = await this.#connection.ethers.getSigners();
    await this.note(label, async () => signer?.sendTransaction({ to: await abi.getAddress(), data }));
  }

  /** Calls every view of a contract that takes no arguments. */
  async plainViews(contract: MeasuredContract): Promise<void> {
    for (const fragment of this.#functionsOf(contract)) {
      if (fragment.constant && fragment.inputs.length === 0) await this.view(contract, fragment.format(), []);
    }
  }

  /**
   * What was noted, in alphabetical order.
   * @throws Error if an external function has not been called
   */
  snapshot(): GasSnapshot {
    const missing = (Object.keys(MEASURED) as MeasuredContract[]).flatMap((contract) =>
      this.#functionsOf(contract)
        .map((fragment) => `${contract}.${fragment.format()}`)
        .filter((name) => !this.#seen.has(name)),
    );
    if (missing.length > 0) throw new Error(`the scenario does not call ${missing.join(", ")}`);
    const sorted = ([, figures]: [string, Record<string, number>]) =>
      Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1)));
    return Object.fromEntries(Object.entries(this.#figures).map((entry) => [entry[0], sorted(entry)]));
  }

  #functionsOf(contract: MeasuredContract): FunctionFragment[] {
    const { fragments } = (this.#contracts[MEASURED[contract]] as unknown as BaseContract).interface;
    return fragments.filter((fragment): fragment is FunctionFragment => fragment.type === "function");
  }

  async #contractAt(address: string | null): Promise<{ contract: MeasuredContract; abi: BaseContract }> {
    for (const [contract, key] of Object.entries(MEASURED)) {
      const abi = this.#contracts[key] as unknown as BaseContract;
      if ((await abi.getAddress()) === address) return { contract: contract as MeasuredContract, abi };
    }
    throw new Error(`a call of ${address}, which is none of the measured contracts`);
  }

  #put(contract: MeasuredContract, called: FunctionFragment, label: string, gas: number): void {
    this.#seen.add(`${contract}.${called.format()}`);
    const overloads = this.#functionsOf(contract).filter(({ name }) => name === called.name);
    const name = overloads.length > 1 ? called.format() : called.name;
    const key = label === "" ? name : `${name}: ${label}`;
    const figures = this.#figures[contract] as Record<string, number>;
    if (key in figures) throw new Error(`${contract} ${key} is measured twice`);
    figures[key] = gas;
  }
}
