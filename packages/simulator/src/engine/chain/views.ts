import { type Address, type Hex, NO_OUTCOME_UINT8 } from "@assay/protocol";
import { UNIT } from "../domain.ts";
import type { AgentView, VerdictView } from "../engine.ts";
import { DOMAIN_ID } from "../ids.ts";
import type { Deployment } from "./deployment.ts";
import type { ContractName, Encoder } from "./encoder.ts";
import type { ViewCall } from "./reader.ts";
import { type Value, wordOf } from "./words.ts";

/** By `IConsensus.VerdictStatus`. */
const STATUSES = [null, "voting", "undecided", "provisional", "resolved", "unresolved"] as const;

/** What is read of the contracts, by their views, as of the latest block. */
export class Views {
  readonly #deployment: Deployment;
  readonly #encoder: Encoder;

  constructor(deployment: Deployment, encoder: Encoder) {
    this.#deployment = deployment;
    this.#encoder = encoder;
  }

  async agents(ids: readonly bigint[], epoch: number): Promise<AgentView[]> {
    const { chain } = this.#deployment;
    const accounts = await chain.read(
      this.#calls(
        "vault",
        "account",
        ids.map((id) => [id]),
      ),
      5,
    );
    const allocation = ids.map((id) => [id, DOMAIN_ID, epoch]);
    const allocations = await chain.read(this.#calls("consensus", "allocation", allocation), 1);
    const trusts = await chain.read(
      this.#calls(
        "consensus",
        "trust",
        ids.map((id) => [id, DOMAIN_ID]),
      ),
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
    const calls = this.#calls(
      "consensus",
      "verdict",
      questions.map((id) => [id]),
    );
    const verdicts = await this.#deployment.chain.read(calls, 4);
    return verdicts.map((words) => {
      const [status, outcome, supportBps, rounds] = words.map(Number) as [number, number, number, number];
      const name = STATUSES[status];
      if (name === null || name === undefined) throw new TypeError(`a question with status ${status}`);
      return { status: name, outcome: outcome === NO_OUTCOME_UINT8 ? null : outcome, supportBps, rounds };
    });
  }

  async statistics(): Promise<{ counts: number[]; participation: number }> {
    const abi = this.#deployment.contracts.consensus.interface;
    const [call] = this.#calls("consensus", "statistics", [[DOMAIN_ID]]);
    const result = await this.#deployment.chain.request<Hex>("eth_call", call, "latest");
    const { counts, participation } = abi.decodeFunctionResult("statistics", result);
    return { counts: (counts as bigint[]).map(Number), participation: Number(participation) };
  }

  /** Tokens and credits of each account, and what is due to the sink, wei. */
  async money(accounts: readonly Address[]): Promise<{ readonly held: readonly bigint[]; readonly sunk: bigint }> {
    const each = accounts.map((account) => [account]);
    const calls = [
      ...this.#calls("token", "balanceOf", each),
      ...this.#calls("vault", "creditOf", each),
      ...this.#calls("vault", "sinkDue", [[]]),
      ...this.#calls("consensus", "unsweptDue", [[]]),
    ];
    const amounts = (await this.#deployment.chain.read(calls, 1)).flat();
    const at = (index: number) => amounts[index] as bigint;
    const held = accounts.map((_, i) => at(i) + at(accounts.length + i));
    return { held, sunk: at(2 * accounts.length) + at(2 * accounts.length + 1) };
  }

  #calls(contract: ContractName, name: string, calls: readonly (readonly Value[])[]): ViewCall[] {
    return calls.map((values) => this.#encoder.call(contract, name, values.map(wordOf).join("")));
  }
}
