import {
  type ContentSource,
  type Happening,
  type Journal,
  Runtime,
  type RuntimeOptions,
  type Verifier,
} from "@assay/agent";
import type { Item } from "@assay/models";
import type { TransactionResponse } from "ethers";
import type { Chain } from "./chain.ts";
import type { Domain } from "./domains.ts";
import type { Ledger, Purpose } from "./ledger.ts";
import type { LocalWallet } from "./local-wallet.ts";
import type { Member } from "./population.ts";
import { Turns } from "./turns.ts";

/** Beats in every epoch, and puts at risk whatever its seats take. */
const POLICY: RuntimeOptions["policy"] = { keepAliveEpochs: 1, limits: {}, maxEtherPerDay: null, dryRun: false };

/** Whose life it is. */
export interface AgentLifeOptions {
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly wallet: LocalWallet;
  readonly agentId: bigint;
  readonly journal: Journal;
  readonly member: Member;
}

/** An agent's own runtime, the same as anybody's, which looks at the chain when it is its turn. */
export class AgentLife {
  readonly #options: AgentLifeOptions;
  readonly #runtime: Runtime;
  readonly #turns = new Turns();
  readonly #stop = new AbortController();
  readonly #sent: TransactionResponse[] = [];
  #trouble: string | null = null;

  constructor(options: AgentLifeOptions) {
    this.#options = options;
    const { chain, wallet, agentId, journal, member } = options;
    this.#runtime = new Runtime({
      ...{ agentId, assay: chain.assay, wallet, journal, transactions: null, chain: chain.shared },
      domains: [member.domain.id],
      verification: {
        verifiers: new Map([[member.domain.id, verifierOf(member)]]),
        ...{ contentOf: contentsOf(member), minConfidence: member.minConfidence, concurrency: 1 },
      },
      policy: POLICY,
      warnings: {},
      report: (happening) => this.#report(happening),
      sleep: this.#turns.sleep,
    });
  }

  /** Begins it. */
  async begin(): Promise<void> {
    await this.#enterAll(() => this.#turns.begin(() => this.#runtime.run(this.#stop.signal)));
  }

  /** Lets it do its part of the present epoch. @throws Error if it cannot */
  async take(): Promise<void> {
    await this.#enterAll(() => this.#turns.take());
    const { phase } = this.#runtime.status;
    if (phase !== "done") throw new Error(`agent ${this.#options.agentId} was not done in its turn: ${phase}`);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#turns.end();
  }

  /** Enters what it sends meanwhile. */
  async #enterAll(live: () => Promise<void>): Promise<void> {
    const { wallet, ledger, agentId } = this.#options;
    wallet.onSent = (sent) => this.#sent.push(sent);
    await live();
    wallet.onSent = null;
    if (this.#trouble !== null) throw new Error(`agent ${agentId}: ${this.#trouble}`);
    for (const sent of this.#sent.splice(0)) {
      const receipt = await sent.wait();
      if (receipt === null) throw new Error("the local chain dropped a transaction");
      ledger.enter(receipt, this.#purposeOf(sent));
    }
  }

  #purposeOf({ data }: TransactionResponse): Purpose {
    const { interface: consensus } = this.#options.chain.contracts.consensus;
    return data.startsWith(consensus.getFunction("settle").selector) ? "settle" : "beat";
  }

  #report({ level, event, message, fields }: Happening): void {
    const failed = event !== "alert" && (level === "warn" || level === "error");
    if (failed || (event === "abstain" && fields?.reason !== "confidence")) this.#trouble = message;
  }
}

/** The claims of its domain, which every agent of the run has at hand. */
function contentsOf({ domain }: Member): ContentSource {
  return async ({ contentHash }) => new TextEncoder().encode(itemOf(domain, contentHash).text);
}

/** Answers as the member would. */
function verifierOf({ answer, domain }: Member): Verifier {
  return ({ contentHash }) => answer(itemOf(domain, contentHash));
}

function itemOf({ byContentHash, name }: Domain, contentHash: string): Item {
  const item = byContentHash.get(contentHash);
  if (item === undefined) throw new Error(`no ${name} claim has the content ${contentHash}`);
  return item;
}
