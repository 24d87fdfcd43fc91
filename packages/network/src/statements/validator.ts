import { type Clock, epochAt, type Hex, type Statement, type StatementContext } from "@assay/protocol";
import { NetworkError } from "../errors.ts";
import { createStatementDigest } from "./digest.ts";
import { type StatementMessage, statementCodec } from "./message.ts";
import { StatementRates } from "./rate.ts";
import type { Refusal } from "./reasons.ts";
import { statementsPerMinute, type Timeliness, timelinessOf } from "./rules.ts";
import { recoverSigner } from "./signature.ts";

/** What never changes of a domain. */
export interface DomainRules {
  readonly domainId: number;
  readonly outcomes: number;
  /** Least bond of a statement, wei. */
  readonly minBond: bigint;
}

/** Whose standing, and until when. */
export interface StandingQuery {
  readonly agentId: bigint;
  readonly domainId: number;
  readonly signer: string;
  /** Unix seconds. */
  readonly expiry: bigint;
}

/** What answers for a statement. */
export interface Standing {
  /** First epoch in which what the account has signed cannot be challenged any more; null if it never was a signer. */
  readonly answerableUntil: number | null;
  /** Stake that is certain at the expiry, wei. */
  readonly slashable: bigint;
}

/** What the validator reads of the chain, as of the block that the node trusts. */
export interface StatementChain {
  readonly clock: Clock;
  /** @throws ContractError `UNKNOWN_DOMAIN`, or why the chain cannot be read */
  domain(domainId: number): Promise<DomainRules>;
  /** A standing that was read a short while ago; null if none was. */
  known(query: StandingQuery): Standing | null;
  /** @throws NetworkError `CHAIN_UNREACHABLE`, `RATE_LIMITED` where too many reads are under way */
  standing(query: StandingQuery): Promise<Standing>;
}

/** How a validator is made. */
export interface ValidatorOptions {
  readonly context: StatementContext;
  readonly chain: StatementChain;
  /** Unix seconds of the chain. */
  readonly now: () => number;
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  /** Whether a statement is stored. @throws whatever a store throws, which counts as no */
  readonly isKnown: (hash: Hex) => boolean;
}

/** A statement that was accepted. */
export interface JudgedStatement {
  /** EIP-712 digest, by which Claims knows it. */
  readonly hash: Hex;
  readonly message: StatementMessage;
  /** Of the message, as it came. */
  readonly bytes: Uint8Array;
  /** Pledge that is certain until it expires, wei; all of the agent's live statements share it. */
  readonly slashable: bigint;
}

export type Judgement =
  | { readonly accepted: JudgedStatement; readonly refusal: null }
  | { readonly accepted: null; readonly refusal: Refusal };

/** Statements that wait for the chain; further ones are ignored. */
const MAX_PENDING = 256;
/** Accepted statements that are known even if the store cannot be read or written. */
const REMEMBERED = 16_384;

/** Judges statements: the cheapest checks first, and nothing that one message makes costs more than one signature and one read. */
export class StatementValidator {
  readonly #options: ValidatorOptions;
  readonly #digestOf: (statement: Statement) => Hex;
  readonly #rates = new StatementRates();
  readonly #recent = new Set<Hex>();
  #pending = 0;

  constructor(options: ValidatorOptions) {
    this.#options = options;
    this.#digestOf = createStatementDigest(options.context);
  }

  /** Statements that wait for the chain. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Judges the bytes of a statement. Never throws.
   * @param how.rated whether it counts for the agent's rate, as all do that are not asked for
   * @param how.again whether one that is known already is as good as a new one
   */
  async judge(bytes: Uint8Array, rules: DomainRules, { rated = true, again = false } = {}): Promise<Judgement> {
    try {
      return await this.#judge(bytes, rules, { rated, again });
    } catch (cause) {
      return refuse("FAILED", `a statement could not be judged: ${String(cause)}`, cause);
    }
  }

  async #judge(
    bytes: Uint8Array,
    rules: DomainRules,
    { rated, again }: { readonly rated: boolean; readonly again: boolean },
  ): Promise<Judgement> {
    const message = decode(bytes);
    if (!("statement" in message)) return { accepted: null, refusal: message };
    const refusal = this.#refuseContents(message, rules);
    if (refusal !== null) return refusal;
    const { chain, monotonic } = this.#options;
    const { statement, signer, signature } = message;
    const hash = this.#digestOf(statement);
    if (!again && this.#isKnown(hash)) return replayed(hash);

    // What the chain says of a known agent is cheaper to look up than a signature to recover; else it is dearer.
    const query = { ...statement, signer };
    const known = chain.known(query);
    if (known !== null) {
      const unanswered = this.#refuseStanding(message, known, rules, rated);
      if (unanswered !== null) return unanswered;
    }
    const recovered = recoverSigner(hash, signature);
    if (recovered !== signer) {
      return refuse("BAD_SIGNATURE", `${of(message)} names ${signer}, who has not signed it for this deployment`);
    }
    const standing = known ?? (await this.#read(query));
    if ("reason" in standing) return { accepted: null, refusal: standing };
    if (known === null) {
      const unanswered = this.#refuseStanding(message, standing, rules, rated);
      if (unanswered !== null) return unanswered;
      if (!again && this.#isKnown(hash)) return replayed(hash);
    }
    const { slashable } = standing;
    const perMinute = statementsPerMinute(slashable, rules.minBond);
    if (rated && !this.#rates.take(statement.agentId, perMinute, monotonic())) return tooMany(message, perMinute);
    this.#remember(hash);
    return { accepted: { hash, message, bytes, slashable }, refusal: null };
  }

  /** What is wrong with a statement whatever the chain's state. */
  #refuseContents(message: StatementMessage, { domainId, outcomes, minBond }: DomainRules): Judgement | null {
    const { statement } = message;
    if (statement.domainId !== domainId) {
      return refuse("OTHER_DOMAIN", `${of(message)} is of domain ${statement.domainId}, not of ${domainId}`);
    }
    if (statement.outcome >= outcomes) {
      return refuse("UNKNOWN_OUTCOME", `${of(message)} has outcome ${statement.outcome} of ${outcomes}`);
    }
    if (statement.bond < minBond) {
      return refuse("BOND_TOO_SMALL", `${of(message)} has a bond of ${statement.bond} wei, below ${minBond}`);
    }
    const { chain, now } = this.#options;
    const timeliness = timelinessOf(chain.clock, statement, now());
    if (timeliness === "timely") return null;
    return refuse(UNTIMELY[timeliness], `${of(message)} expires at ${statement.expiry}; it is ${now()}`);
  }

  /** What is wrong with it as of the block that is trusted. */
  #refuseStanding(message: StatementMessage, standing: Standing, rules: DomainRules, rated: boolean): Judgement | null {
    const { statement, signer } = message;
    const { answerableUntil, slashable } = standing;
    const { chain, monotonic } = this.#options;
    // A retired signer answers for UNBONDING_EPOCHS: all that it may have signed before is answered for until it expires.
    if (answerableUntil === null || epochAt(chain.clock, Number(statement.expiry)) >= answerableUntil) {
      return refuse(
        "NOT_A_SIGNER",
        `${signer} is no signer of agent ${statement.agentId} until ${of(message)} expires`,
      );
    }
    if (statement.bond > slashable) {
      const message_ = `${of(message)} has a bond of ${statement.bond} wei; ${slashable} of the pledge are certain until it expires`;
      return refuse("OVERCOMMITTED", message_);
    }
    const perMinute = statementsPerMinute(slashable, rules.minBond);
    if (rated && !this.#rates.allows(statement.agentId, perMinute, monotonic())) return tooMany(message, perMinute);
    return null;
  }

  async #read(query: StandingQuery): Promise<Standing | Refusal> {
    if (this.#pending >= MAX_PENDING) {
      return { reason: "BUSY", message: `${MAX_PENDING} statements wait for the chain` };
    }
    this.#pending++;
    try {
      return await this.#options.chain.standing(query);
    } catch (cause) {
      const busy = cause instanceof NetworkError && cause.code === "RATE_LIMITED";
      const message = cause instanceof Error ? cause.message : String(cause);
      return { reason: busy ? "BUSY" : "CHAIN_UNREACHABLE", message, cause };
    } finally {
      this.#pending--;
    }
  }

  #isKnown(hash: Hex): boolean {
    if (this.#recent.has(hash)) return true;
    try {
      return this.#options.isKnown(hash);
    } catch {
      return false; // the store says so itself
    }
  }

  #remember(hash: Hex): void {
    this.#recent.add(hash);
    if (this.#recent.size <= REMEMBERED) return;
    const [oldest] = this.#recent;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }
}

const UNTIMELY = {
  expired: "EXPIRED",
  expiring: "EXPIRING",
  early: "EARLY",
  tooFarAhead: "TOO_FAR_AHEAD",
} as const satisfies Record<Exclude<Timeliness, "timely">, Refusal["reason"]>;

function decode(bytes: Uint8Array): StatementMessage | Refusal {
  try {
    return statementCodec.decode(bytes);
  } catch (error) {
    const { code, message } = error as NetworkError;
    if (code === "TOO_LARGE" || code === "MALFORMED") return { reason: code, message };
    throw error;
  }
}

function refuse(reason: Refusal["reason"], message: string, cause?: unknown): Judgement {
  return { accepted: null, refusal: { reason, message, cause } };
}

function replayed(hash: Hex): Judgement {
  return refuse("REPLAYED", `statement ${hash} is known already`);
}

function tooMany(message: StatementMessage, perMinute: number): Judgement {
  return refuse("RATE_LIMITED", `agent ${message.statement.agentId} makes more than ${perMinute} statements a minute`);
}

function of({ statement }: StatementMessage): string {
  return `a statement of agent ${statement.agentId}`;
}
