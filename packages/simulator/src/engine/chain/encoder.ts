import type { Hex } from "@assay/protocol";
import type { Interface } from "ethers";
import type { Deployment } from "./deployment.ts";
import type { ViewCall } from "./reader.ts";

/** A contract of a run. */
export type ContractName = "consensus" | "registry" | "token" | "vault";

/** Puts calldata together as the ABI has it: there are thousands of calls. */
export class Encoder {
  readonly #deployment: Deployment;
  readonly #selectors = new Map<string, string>();

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  /**
   * @param name of a function, with its types where there are several
   * @param words of its arguments, in hex digits
   */
  call(contract: ContractName, name: string, words: string): ViewCall {
    return { to: this.#deployment[contract], data: `${this.#selectorOf(contract, name)}${words}` as Hex };
  }

  #selectorOf(contract: ContractName, name: string): string {
    const key = `${contract}.${name}`;
    const known = this.#selectors.get(key);
    if (known !== undefined) return known;
    const abi: Interface = this.#deployment.contracts[contract].interface;
    const selector = abi.getFunction(name)?.selector;
    if (selector === undefined) throw new TypeError(`${contract} has no function ${name}`);
    this.#selectors.set(key, selector);
    return selector;
  }
}
