import { ONE } from "@assay/protocol";
import { type Assay, joinReads } from "@assay/sdk";
import { combineWeight } from "../ledger/combine.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { AgentWeight } from "./asker.ts";

/** How long what was read of the chain holds, ms: trust changes with settlements, once an epoch. */
const FRESH_MS = 15_000;
/** Agents and domains that are remembered. */
const MAX_KNOWN = 8_192;

/** What the chain says of an agent in a domain. */
interface Record {
  readonly allocated: boolean;
  readonly evidence: { readonly alpha: number; readonly beta: number; readonly verdicts: number };
  readonly weight: number;
  readonly generation: number;
  readonly at: number;
}

/** Weighs agents: their record on chain, together with what this agent has seen of them itself. */
export class AgentWeights {
  readonly #assay: Assay;
  readonly #ledger: Pick<Ledger, "evidence">;
  readonly #monotonic: () => number;
  readonly #known = new Map<string, Record>();

  /** @param monotonic milliseconds that never jump */
  constructor(assay: Assay, ledger: Pick<Ledger, "evidence">, monotonic: () => number) {
    this.#assay = assay;
    this.#ledger = ledger;
    this.#monotonic = monotonic;
  }

  /** In the order of the agents. @throws what the node throws */
  async of(domainId: number, agentIds: readonly bigint[]): Promise<AgentWeight[]> {
    const now = this.#monotonic();
    const isFresh = (agentId: bigint) => now - (this.#known.get(keyOf(agentId, domainId))?.at ?? -Infinity) < FRESH_MS;
    await this.#read(
      domainId,
      agentIds.filter((agentId) => !isFresh(agentId)),
      now,
    );
    return agentIds.map((agentId) => {
      const record = this.#known.get(keyOf(agentId, domainId));
      if (!record?.allocated) return { chain: null, combined: 0 };
      const seen = this.#ledger.evidence(agentId, domainId, record.generation);
      return { chain: record.weight / ONE, combined: combineWeight(record.evidence, seen) / ONE };
    });
  }

  async #read(domainId: number, agentIds: readonly bigint[], now: number): Promise<void> {
    if (agentIds.length === 0) return;
    const assay = this.#assay;
    const epoch = await assay.beats.epoch();
    const found = await assay.read(
      joinReads(
        agentIds.map((agentId) =>
          joinReads({
            allocation: assay.domains.allocation.request(agentId, domainId, epoch),
            trust: assay.agents.trust.request(agentId, domainId),
            state: assay.agents.state.request(agentId),
          }),
        ),
      ),
    );
    for (const [i, { allocation, trust, state }] of found.entries()) {
      const { weight, ...evidence } = trust;
      const record = { allocated: allocation.units > 0n, evidence, weight, generation: state.generation, at: now };
      const key = keyOf(agentIds[i] as bigint, domainId);
      this.#known.delete(key);
      this.#known.set(key, record);
      const [oldest] = this.#known.keys();
      if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    }
  }
}

function keyOf(agentId: bigint, domainId: number): string {
  return `${agentId} ${domainId}`;
}
