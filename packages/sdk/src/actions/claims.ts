import { hexlify, randomBytes } from "ethers";
import type { Content } from "../content.ts";
import type { Context } from "../context.ts";
import { ClientError } from "../errors/assay-error.ts";
import {
  type Address,
  type Assertion,
  claimIdOf,
  type Hex,
  MIN_BOND_FEES,
  questionIdOf,
  type Statement,
  statementDigest,
  statementTypedData,
} from "../protocol.ts";
import { mapRead, view } from "../reads.ts";
import type { SignedStatement } from "../statement-file.ts";
import { type Allowance, payableAction, requireSigner } from "../writes.ts";
import type { domainActions } from "./domains.ts";
import type { questionActions } from "./questions.ts";
import type { AgentArgs } from "./stake.ts";
import { toVerdict, VERDICT_STATUSES } from "./verdicts.ts";

/** Where a claim stands, in the contracts' order. `none`: an asked question, or nothing. */
export const CLAIM_STATUSES = ["none", "asserted", "stood", "abandoned", "inCourt", "closed", "fallen"] as const;

export type ClaimStatus = (typeof CLAIM_STATUSES)[number];

/** What Claims keeps of an assertion or a challenged statement. */
export interface ClaimState {
  readonly status: ClaimStatus;
  readonly domainId: number;
  /** Asserted or stated. */
  readonly outcome: number;
  /** Last epoch in which an assertion can be disputed. */
  readonly windowEnd: number;
  /** 24 bytes; null while it is not in court. */
  readonly questionId: Hex | null;
  /** Disputer or challenger; null while there is none. */
  readonly opponent: Address | null;
  /** Of the author's pledge, for a challenged statement, wei. */
  readonly locked: bigint;
}

/** An outcome to assert. */
export interface AssertArgs extends Content {
  readonly domainId: number;
  readonly outcome: number;
  /** Wei; the least that is allowed unless told. */
  readonly bond?: bigint;
  /** 32 bytes, any; lets one account assert the same again. Random unless told: give one to assert at most once whatever happens. */
  readonly salt?: Hex;
}

/** An assertion, and where its content is. */
export interface DisputeArgs {
  readonly assertion: Assertion;
  /** Where the committee finds the content. */
  readonly uri: string;
}

/** A signed statement, and where its content is. */
export interface ChallengeArgs {
  readonly statement: Statement;
  readonly signature: Hex;
  /** Where the committee finds the content. */
  readonly uri: string;
}

/** One challenge of a statement. */
export interface ChallengeRef {
  readonly statement: Statement;
  /** Which challenge of the statement, from 1. */
  readonly attempt: number;
}

const ZERO_QUESTION = `0x${"00".repeat(24)}`;

/** Claims: assertions and their disputes, signed statements and their challenges, and the verdicts on all of them. */
export function claimActions(
  context: Context,
  domains: ReturnType<typeof domainActions>,
  questions: ReturnType<typeof questionActions>,
  allowance: Allowance,
) {
  const claims = context.addresses.claims as Address;
  const get = context.read((claimId: Hex) => mapRead(view("claims", "claim", [claimId]), toState));
  const feeOf = async (domainId: number): Promise<bigint> => (await domains.terms(domainId)).fee;
  /** The least bond of an assertion or a statement, wei. */
  const minBond = async (domainId: number): Promise<bigint> => MIN_BOND_FEES * (await feeOf(domainId));

  const assert = context.write(
    async ({ domainId, outcome, contentHash, uri, bond, salt }: AssertArgs) => ({
      contract: "claims",
      name: "assertClaim",
      args: [domainId, outcome, contentHash, uri, bond ?? (await minBond(domainId)), salt ?? hexlify(randomBytes(32))],
    }),
    (events) => {
      const { claimId, assertion, windowEnd, uri } = events.first("claims.Asserted");
      return { claimId, assertion, windowEnd, uri };
    },
  );
  const dispute = context.write(
    ({ assertion, uri }: DisputeArgs) => ({ contract: "claims", name: "dispute", args: [assertion, uri] }),
    (events) => {
      const disputed = events.find("claims.Disputed");
      if (disputed === null)
        return { abandoned: true, claimId: events.first("claims.AssertionAbandoned").claimId } as const;
      const { voteEpoch } = events.first("consensus.QuestionAsked");
      return { abandoned: false, claimId: disputed.claimId, questionId: disputed.questionId, voteEpoch } as const;
    },
  );
  const challenge = context.write(
    ({ statement, signature, uri }: ChallengeArgs) => ({
      contract: "claims",
      name: "challenge",
      args: [statement, signature, uri],
    }),
    (events) => {
      const { claimId, questionId, attempt, locked } = events.first("claims.Challenged");
      return { claimId, questionId, attempt, locked, voteEpoch: events.first("consensus.QuestionAsked").voteEpoch };
    },
  );
  return {
    /** What Claims keeps of an assertion or a challenged statement. */
    get,
    /** The verdict as it stands. */
    verdict: context.read((claimId: Hex) => mapRead(view("claims", "verdict", [claimId]), toVerdict)),
    /** The verdict once it is final. @throws ContractError `NOT_FINAL` before */
    finalVerdict: context.read((claimId: Hex) => mapRead(view("claims", "finalVerdict", [claimId]), toVerdict)),
    /** Stake that an attacker must (once final: would have had to) put at risk, wei; 0 where no committee has decided. */
    stakeAtRisk: context.read((claimId: Hex) => view("claims", "stakeAtRisk", [claimId])),
    /** The verdict of a claim that `leaf` is under. @throws ContractError `PREIMAGE_MISMATCH`, `INVALID_PROOF` */
    verifyLeaf: context.read((claimId: Hex, { contentHash, rest, leaf, proof }: LeafArgs) =>
      mapRead(view("claims", "verifyLeaf", [claimId, contentHash, rest, leaf, proof]), toVerdict),
    ),
    /** Challenges made of a statement, whether one is running, and whether one has succeeded. */
    statementStatus: context.read((statement: Statement) => view("claims", "statementStatus", [statement])),
    /** First epoch in which what an account has signed cannot be challenged any more; null if it never was a signer. */
    answerableUntil: context.read((agentId: bigint, signer: string) =>
      mapRead(view("claims", "answerableUntil", [agentId, signer as Address]), (epoch) => (epoch === 0 ? null : epoch)),
    ),
    /** Stake that certainly answers for an agent's statements in a domain at `until` (unix seconds), wei. */
    slashable: context.read((agentId: bigint, domainId: number, until: bigint) =>
      view("claims", "slashable", [agentId, domainId, until]),
    ),
    minBond,
    /** EIP-712 digest of a statement, by which the contract knows it. */
    statementHash: async (statement: Statement): Promise<Hex> =>
      statementDigest({ chainId: (await context.terms()).chainId, claims }, statement),
    /** The question in which a claim is decided; null if it is before no committee, or there is no such claim. */
    questionOf: async (claimId: Hex): Promise<Hex | null> => {
      const { status, questionId } = await get(claimId);
      if (status !== "none") return questionId;
      if (!claimId.endsWith("00".repeat(8))) return null;
      const asked = questionIdOf(claimId);
      return (await questions.get(asked)).status === "none" ? null : asked;
    },
    /** The assertion behind a claim id, as its event tells; null if there is none. */
    findAssertion: async (claimId: Hex) => {
      const [event] = await context.history({ name: "claims.Asserted", args: { claimId } });
      if (event === undefined) return null;
      const { assertion, windowEnd, uri } = event.args;
      return { assertion, windowEnd, uri };
    },
    /** The challenge behind a claim id, as its event tells; null if there is none. */
    findChallenge: async (claimId: Hex) => {
      const [event] = await context.history({ name: "claims.Challenged", args: { claimId } });
      if (event === undefined) return null;
      const { statement, attempt, questionId } = event.args;
      return { statement, attempt, questionId };
    },

    /** Asserts an outcome with a bond; it stands unless somebody disputes it within the domain's window. Anyone. */
    assert: payableAction(context, allowance, assert, ({ domainId, bond }) => bond ?? minBond(domainId)),
    /** Takes an assertion to a committee, for as much again as its bond and the fees. Anyone, within the window. */
    dispute: payableAction(context, allowance, dispute, async ({ assertion }) => {
      const { active, fee } = await domains.terms(assertion.domainId);
      return active ? assertion.bond + fee : 0n;
    }),
    /** Ends an assertion whose window has closed or whose verdict is final, and credits the bonds. Anyone. */
    resolve: context.write(
      ({ assertion }: { readonly assertion: Assertion }) => ({
        contract: "claims",
        name: "resolve",
        args: [assertion],
      }),
      (events) => {
        const stood = events.find("claims.AssertionStood");
        if (stood !== null) return { claimId: stood.claimId, stood: true, upheld: true };
        const { claimId, upheld } = events.first("claims.ClaimClosed");
        return { claimId, stood: false, upheld };
      },
    ),
    /**
     * Signs a statement off chain, for no gas. The account must be a statement signer of the agent for it to be worth anything.
     * @param statement.uri where committees find the content
     */
    signStatement: async (statement: Statement, uri = ""): Promise<SignedStatement> => {
      const { chainId } = await context.terms();
      const signer = requireSigner(context.runner);
      const { domain, types, message } = statementTypedData({ chainId, claims }, statement);
      const signature = await signer.signTypedData({ ...domain }, { Statement: [...types.Statement] }, message);
      const by = (await signer.getAddress()) as Address;
      return { chainId: Number(chainId), claims, signer: by, uri, statement, signature: signature as Hex };
    },
    /** Takes a signed statement to a committee, for a bond as high as the statement's and the fees. Anyone who holds it. */
    challenge: payableAction(
      context,
      allowance,
      challenge,
      async ({ statement }) => statement.bond + (await feeOf(statement.domainId)),
    ),
    /** Ends a challenge whose verdict is final, and credits the bonds. Anyone. */
    resolveChallenge: context.write(
      ({ statement, attempt }: ChallengeRef) => ({
        contract: "claims",
        name: "resolveChallenge",
        args: [statement, attempt],
      }),
      (events) => {
        const { claimId, status, upheld } = events.first("claims.ClaimClosed");
        return { claimId, status: VERDICT_STATUSES[status] ?? "unknown", upheld };
      },
    ),
    /** Lets an account sign statements for an agent. The agent's owner. */
    addSigner: context.write(
      ({ agentId, signer }: SignerArgs) => ({ contract: "claims", name: "addSigner", args: [agentId, signer] }),
      (events) => events.first("claims.SignerAdded"),
    ),
    /** Retires a signer; what it has signed stays challengeable for a while. The agent's owner. */
    retireSigner: context.write(
      ({ agentId, signer }: SignerArgs) => ({ contract: "claims", name: "retireSigner", args: [agentId, signer] }),
      (events) => events.first("claims.SignerRetired"),
    ),
    /** Asks to be told of a final verdict; the account that sends is who is told, so that only contracts have a use for it. */
    registerCallback: context.write(
      ({ claimId, gasLimit }: { readonly claimId: Hex; readonly gasLimit: number }) => ({
        contract: "claims",
        name: "registerCallback",
        args: [claimId, gasLimit],
      }),
      (events) => events.first("claims.CallbackRegistered"),
    ),
    /** Delivers a final verdict to a consumer that has registered for it; one that fails can be tried again. Anyone. */
    deliver: context.write(
      ({ claimId, consumer }: { readonly claimId: Hex; readonly consumer: string }) => ({
        contract: "claims",
        name: "deliver",
        args: [claimId, consumer],
      }),
      (events) => ({ delivered: events.find("claims.CallbackDelivered") !== null }),
    ),
    /** Claim id of an asked question. */
    idOf: claimIdOf,
  };
}

/** A leaf under a claim's content hash. */
export interface LeafArgs {
  /** A Merkle root. */
  readonly contentHash: Hex;
  /** The other half of the claim id's preimage: `restOfQuestion`, `restOfAssertion` or `restOfChallenge`. */
  readonly rest: Hex;
  readonly leaf: Hex;
  readonly proof: readonly Hex[];
}

/** A statement signer of an agent. */
export interface SignerArgs extends AgentArgs {
  readonly signer: string;
}

function toState(raw: {
  readonly status: number;
  readonly domainId: number;
  readonly outcome: number;
  readonly windowEnd: number;
  readonly questionId: Hex;
  readonly opponent: Address;
  readonly locked: bigint;
}): ClaimState {
  const status = CLAIM_STATUSES[raw.status];
  if (status === undefined) throw new ClientError("WRONG_WIRING", `unknown status ${raw.status}: another version?`);
  const inCourt = raw.questionId !== ZERO_QUESTION;
  return {
    status,
    domainId: raw.domainId,
    outcome: raw.outcome,
    windowEnd: raw.windowEnd,
    questionId: inCourt ? raw.questionId : null,
    opponent: inCourt ? raw.opponent : null,
    locked: raw.locked,
  };
}
