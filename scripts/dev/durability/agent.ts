/**
 * An agent with a journal on disk, as a process that is killed: it beats until it is, and kills itself just before the step it is
 * told. A step is a request to the node, or a statement or a commit of the journal.
 */
import { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, openJournal, QuestionBoard, TransactionSender } from "@assay/agent";
import { createClient } from "@assay/sdk";
import { type JsonRpcPayload, JsonRpcProvider, Wallet } from "ethers";
import { explain } from "../../lib/explain.ts";
import { ANSWER, type Errand, POLL_MS } from "./errand.ts";

const errand = JSON.parse(process.argv[2] ?? "") as Errand;
const agentId = BigInt(errand.agentId);
let steps = 0;

function step(): void {
  if (++steps === errand.killAt) process.kill(process.pid, "SIGKILL");
}

/** Makes a step before each call of a method. */
function watch(prototype: object, name: string): void {
  const methods = prototype as Record<string, (...values: unknown[]) => unknown>;
  const method = methods[name];
  if (method === undefined) throw new Error(`no method ${name}`);
  methods[name] = function (this: unknown, ...values) {
    step();
    return method.apply(this, values);
  };
}

class SteppedProvider extends JsonRpcProvider {
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]) {
    step();
    return super._send(payload);
  }
}

watch(DatabaseSync.prototype, "exec");
watch(StatementSync.prototype, "run");

const provider = new SteppedProvider(errand.url, undefined, { batchMaxCount: 1, staticNetwork: true });
const wallet = new Wallet(errand.key, provider);
const { chainId } = await provider.getNetwork();
const journal = openJournal(errand.journal, { chainId, consensus: errand.addresses.consensus, agentId });
const assay = createClient({ addresses: errand.addresses, runner: provider });
const agent = new Agent({
  agentId,
  wallet,
  assay,
  board: new QuestionBoard(assay, 0),
  journal,
  sender: new TransactionSender({ wallet, log: journal.transactions, pollMs: POLL_MS }),
  verify: () => ANSWER,
  domains: [errand.domainId],
});
await agent.recover(0);
for (;;) {
  try {
    const report = await agent.beat();
    if (report !== null) console.log(`beat ${report.epoch} ${steps}`);
  } catch (error) {
    console.log(`error ${explain(error)}`);
  }
  await sleep(POLL_MS);
}
