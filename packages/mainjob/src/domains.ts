import { type Item, loadTask, type Task, type TaskName } from "@assay/models";
import type { IConsensus } from "../../../typechain/interfaces/IConsensus.sol/IConsensus.js";
import type { Options } from "./options.ts";

/** Wei of one stake token. */
export const TOKEN = 10n ** 18n;

/** The defaults of docs/protocol.md section 11. */
export const PARAMETERS = {
  outcomes: 2,
  seats: 9,
  supermajorityBps: 6_667,
  maxRounds: 3,
  seatFee: TOKEN,
  seatBond: 24n * TOKEN,
  burnBps: 1_000,
  minStake: 9n * 24n * 10n * TOKEN,
  silentEpochs: 64,
  assertionWindow: 2,
  openAnswers: false,
} as const satisfies IConsensus.DomainParametersStruct;

/** A domain of the run, with the claims that are made in it. */
export interface Domain {
  /** Number on chain; domains are created in this order, from 1. */
  readonly id: number;
  readonly name: TaskName;
  readonly task: Task;
  readonly byContentHash: ReadonlyMap<string, Item>;
  /** Agents in the domain, adversaries included. */
  readonly agents: number;
}

/** Claims of each domain that are not asked about: what is asserted or signed falsely is chosen from them. */
export const SPARE_ITEMS = 10;

/** A quick run's models learn from less. */
const QUICK_TRAINING = { trainSize: 600 };

/** Loads the claims of both domains: as many as the run asks about. */
export async function loadDomains({ agents, claims, quick, seed }: Options): Promise<Domain[]> {
  const spam = { agents: Math.round(agents * 0.6), claims: Math.ceil(claims / 2) };
  const language = { agents: agents - spam.agents, claims: Math.floor(claims / 2) };
  return Promise.all(
    [
      { name: "spam" as const, ...spam },
      { name: "language" as const, ...language },
    ].map(async ({ name, agents, claims }, i) => {
      const task = await loadTask(name, { seed, heldOutSize: claims + SPARE_ITEMS, ...(quick ? QUICK_TRAINING : {}) });
      const byContentHash = new Map(task.heldOut.map((item) => [item.contentHash as string, item]));
      if (byContentHash.size < task.heldOut.length) throw new Error(`two ${name} claims have the same content`);
      return { id: i + 1, name, task, byContentHash, agents };
    }),
  );
}
