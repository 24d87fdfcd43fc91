import { type Address, type Hex, NO_OUTCOME_UINT8 } from "@assay/protocol";
import { UNIT } from "../domain.ts";
import type { AgentView, VerdictView } from "../engine.ts";
import { DOMAIN_ID } from "../ids.ts";
import type { Deployment } from "./deployment.ts";
import { type Value, wordOf } from "./words.ts";

/** By `IConsensus.VerdictStatus`. */
const STATUSES = [null, "voting", "undecided", "provisional", "resolved", "unresolved"] as const;

/** What is read of the contracts, by their views, as of the latest block. */
export class Views {
  readonly #deployment: Deployment;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  async agents(ids: readonly bigint[], epoch: number): Promise<AgentView[]> {
    const { contracts, vault } = this.#deployment;
    const { selector } = contracts.vault.interface.getFunction("account");
    const accounts = await this.#deployment.chain.read(vault, ids.map((id) => selector + wordOf(id)) as Hex[], 5);
    const allocations = await this.#consensus(
      "allocation",
      ids.map((id) => [id, DOMAIN_ID, epoch]),
      1,
    );
    const trusts = await this.#consensus(
      "trust",
      ids.map((id) => [id, DOMAIN_ID]),
      4,
    );
    return ids.map((_, i) => {
      const [balance, locked] = accounts[i] as [bigint, bigint];
      const [units] = allocations[i] as [bigint];
      const [alpha, beta, verdicts, weight] = (trusts[i] ?? []).map(Number) as [number, number, number, number];
      return { balance, locked, allocation: units * UNIT, alpha, beta, verdicts, weight };
    });
  }

  async verdicts(questions: readonly Hex[]): Promise<Omit<VerdictView, "seats">[]> {
    const verdicts = await this.#consensus(
      "verdict",
      questions.map((id) => [id]),
      4,
    );
    return verdicts.map((words) => {
      const [status, outcome, supportBps, rounds] = words.map(Number) as [number, number, number, number];
      const name = STATUSES[status];
      if (name === null || name === undefined) throw new TypeError(`a question with status ${status}`);
      return { status: name, outcome: outcome === NO_OUTCOME_UINT8 ? null : outcome, supportBps, rounds };
    });
  }

  /** Units that count in an epoch, of all agents. */
  async total(epoch: number): Promise<bigint> {
    const [words] = await this.#consensus("totalAllocation", [[DOMAIN_ID, epoch]], 1);
    return words?.[0] as bigint;
  }

  async statistics(): Promise<{ counts: number[]; participation: number }> {
    const abi = this.#deployment.contracts.consensus.interface;
    const { chain, consensus } = this.#deployment;
    const data = abi.encodeFunctionData("statistics", [DOMAIN_ID]);
    const result = await chain.request<Hex>("eth_call", { to: consensus, data }, "latest");
    const { counts, participation } = abi.decodeFunctionResult("statistics", result);
    return { counts: (counts as bigint[]).map(Number), participation: Number(participation) };
  }

  /** Tokens and credits of accounts, wei. */
  async wealth(accounts: readonly Address[]): Promise<bigint[]> {
    const { chain, contracts, token, vault } = this.#deployment;
    const [balanceOf, creditOf] = [
      contracts.token.interface.getFunction("balanceOf").selector,
      contracts.vault.interface.getFunction("creditOf").selector,
    ];
    const balances = await chain.read(token, accounts.map((a) => balanceOf + wordOf(a)) as Hex[], 1);
    const credits = await chain.read(vault, accounts.map((a) => creditOf + wordOf(a)) as Hex[], 1);
    return accounts.map((_, i) => (balances[i]?.[0] as bigint) + (credits[i]?.[0] as bigint));
  }

  /** Due to the sink, wei. */
  async sunk(): Promise<bigint> {
    const { chain, contracts, vault } = this.#deployment;
    const { selector } = contracts.vault.interface.getFunction("sinkDue");
    const [swept] = await chain.read(vault, [selector as Hex], 1);
    const [unswept] = await this.#consensus("unsweptDue", [[]], 1);
    return (swept?.[0] as bigint) + (unswept?.[0] as bigint);
  }

  async #consensus(
    name: "allocation" | "totalAllocation" | "trust" | "unsweptDue" | "verdict",
    calls: readonly (readonly Value[])[],
    words: number,
  ): Promise<bigint[][]> {
    const { chain, consensus, contracts } = this.#deployment;
    const { selector } = contracts.consensus.interface.getFunction(name);
    return chain.read(consensus, calls.map((args) => selector + args.map(wordOf).join("")) as Hex[], words);
  }
}
