import { epochStart } from "@assay/protocol";
import type { Outlook } from "./agent.ts";
import type { RuntimeContext } from "./runtime-context.ts";
import { ETHER_BEATS, FEW_SECRETS, FREE_BONDS, PART, STALLED } from "./runtime-timing.ts";

/** Watches over an agent: what may run out, what is late, what the chain does not show. */
export class SelfWatch {
  readonly #context: RuntimeContext;

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /** Takes note of the last ballot. */
  noteBallot(open: boolean, epoch: number): void {
    const { status, terms } = this.#context;
    status.lastBeat = epoch;
    status.openBallot = open ? { epoch, revealBefore: epochStart(terms, epoch + 2) } : null;
  }

  checkReveal({ epoch, revealDue, ballotOpen, lastEpoch }: Outlook): void {
    const { clock, alerts } = this.#context;
    const late = revealDue && !clock.before(epoch, PART.reveal);
    const by = new Date(clock.at(epoch + 1, 0) * 1000).toISOString();
    const message = `the ballot of epoch ${lastEpoch} is not revealed yet, and is forfeited at ${by}`;
    alerts.set("reveal_at_risk", late ? message : null);
    const missed = ballotOpen && lastEpoch < epoch - 1;
    alerts.set("epoch_missed", missed ? `the ballot of epoch ${lastEpoch} was not revealed in time` : null);
  }

  /** Whether the chain goes on; another endpoint may know. */
  checkStall(): void {
    const { clock, terms, alerts, report, options } = this.#context;
    const limit = 1000 * Math.max(STALLED.seconds, terms.epochLength * STALLED.epochs);
    const stalled = clock.stillMs > limit;
    const seconds = Math.round(clock.stillMs / 1000);
    alerts.set("chain_unreachable", stalled ? "no new block: is the node in step with the chain?" : null);
    if (stalled) {
      report("debug", "stalled", `no new block for ${seconds} s`, { seconds });
      options.leaveEndpoint?.();
    }
  }

  /** Whether so many beats more stay within the day's limit. */
  async mayPay(beats: bigint): Promise<boolean> {
    const { status, purse, alerts } = this.#context;
    status.spent = purse.spent;
    const allowed = await purse.mayPay(beats);
    const message = "the day's limit of spending is reached: nothing but reveals is sent";
    alerts.set("spending_limit", allowed ? null : message);
    return allowed;
  }

  /** Reads what may run out. */
  async takeStock(): Promise<void> {
    const { assay, purse, alerts, status } = this.#context;
    const { agentId, warnings, domains, relayer } = this.#context.options;
    const [stake, ether, cost, bonds] = await Promise.all([
      assay.stake.account(agentId),
      purse.balance(),
      purse.beatCost(),
      Promise.all(domains.map(async (domainId) => (await assay.domains.get(domainId)).seatBond)),
    ]);
    Object.assign(status, { stake, ether, spent: purse.spent });
    const dearest = bonds.reduce((max, bond) => (bond > max ? bond : max), 0n);
    const leastStake = warnings.freeStake ?? FREE_BONDS * dearest;
    alerts.set(
      "stake_low",
      stake.free < leastStake ? `${stake.free} wei of stake are free, fewer than ${leastStake}: add stake` : null,
    );
    const leastEther = warnings.ether ?? (relayer === undefined ? ETHER_BEATS : 1n) * cost;
    alerts.set(
      "ether_low",
      ether < leastEther ? `the wallet has ${ether} wei of ether, fewer than ${leastEther}: send it some` : null,
    );
    const { secretsLeft } = status;
    const few = secretsLeft !== null && secretsLeft < (warnings.secrets ?? FEW_SECRETS);
    alerts.set("secrets_low", few ? `there are secrets for ${secretsLeft} epochs: enroll again in time` : null);
  }
}
