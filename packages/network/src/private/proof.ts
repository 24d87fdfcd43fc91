import { type Address, statementHash } from "@assay/protocol";
import { formatSignedStatement, type SignedStatement } from "@assay/sdk";
import { getBytes, hexlify } from "ethers";
import * as v from "valibot";
import { NetworkError } from "../errors.ts";
import { MAX_URI, type StatementMessage, toMessage, toSignedStatement } from "../statements/message.ts";
import { requireAnswer } from "./answer.ts";
import { MAX_PLAINTEXT, openReceipt, type Receipt, type Signatory, verifyReceipt } from "./receipt.ts";
import { HEX, hexText, receiptJson, uintText, wholeNumber } from "./receipt-json.ts";
import type { KeptReceipt } from "./store.ts";
import { answerCodec, type PrivateQuestion, questionCodec } from "./wire.ts";

/**
 * What was asked and answered in private, opened: whoever reads it can check that both agents have receipted just this, and challenge
 * the statement with the content that it is about.
 */
export interface PrivateProof {
  /** The answer's, as it is challenged. */
  readonly statement: SignedStatement;
  readonly question: KeptReceipt;
  readonly answer: KeptReceipt;
}

/** What a proof shows. */
export interface Proven {
  readonly asker: Signatory;
  readonly answerer: Signatory;
  readonly question: PrivateQuestion;
  readonly evidence: Uint8Array;
  /** Unix seconds, by the clocks of those who received. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Whether a network key is, or was, an agent's. */
export type BindingCheck = (signatory: Signatory) => boolean | Promise<boolean>;

/** Most characters of a proof as JSON. */
const MAX_JSON = 8 * MAX_PLAINTEXT;

/**
 * Opens a private question and its answer.
 * @param claims address of `Claims` of the receipts' deployment
 * @throws NetworkError as {@link verifyProof} does
 * @example
 * const question = store.find("sent", peer.agentId, reply.question.id);
 * const answer = store.find("received", peer.agentId, reply.answer.id);
 * await writeFile("proof.json", formatProof(await proveAnswer(claims, question, answer)));
 */
export async function proveAnswer(claims: Address, question: KeptReceipt, answer: KeptReceipt): Promise<PrivateProof> {
  const { statement: message } = answerCodec.decode(openReceipt(answer.receipt, answer.plaintext));
  const statement = toSignedStatement({ chainId: answer.receipt.chainId, claims }, message);
  const proof = { statement, question, answer };
  await verifyProof(proof);
  return proof;
}

/**
 * Checks a proof by the keys that it names: both receipts are signed by both agents, the plaintexts are the receipted ones, the answer
 * is the question's, and its statement is signed, and about the content of the question. Whether stake answers for the statement, and
 * whether its signer was the agent's wallet, the challenge decides on chain.
 * @param isBound whether the keys are the agents'; not looked at unless told
 * @throws NetworkError `BAD_SIGNATURE`, `MALFORMED`, `OTHER_NETWORK`; `UNBOUND` if a key is none of the agent's
 */
export async function verifyProof(proof: PrivateProof, isBound?: BindingCheck): Promise<Proven> {
  const { question, answer, statement: signed } = proof;
  const [asked, answered] = [question.receipt, answer.receipt];
  requirePair(asked, answered);
  await verifyReceipt(asked);
  await verifyReceipt(answered);
  const context = { chainId: answered.chainId, claims: signed.claims };
  const read = questionCodec.decode(openReceipt(asked, question.plaintext));
  const { statement, evidence } = answerCodec.decode(openReceipt(answered, answer.plaintext));
  if (!isSame(statement, toMessage(context, signed))) {
    throw new NetworkError("BAD_SIGNATURE", "the answer holds another statement than the proof");
  }
  requireAnswer(context, statement, { agentId: answered.sender.agentId, ...read }, null);
  const [asker, answerer] = [asked.sender, answered.sender];
  for (const signatory of [asker, answerer]) {
    if (isBound === undefined || (await isBound(signatory))) continue;
    throw new NetworkError("UNBOUND", `${signatory.networkKey} is no network key of agent ${signatory.agentId}`);
  }
  return { asker, answerer, question: read, evidence, askedAt: asked.receivedAt, answeredAt: answered.receivedAt };
}

/** A proof as JSON; large numbers are decimal strings. */
export function formatProof({ statement, question, answer }: PrivateProof): string {
  const readable = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);
  const opened = ({ receipt, plaintext }: KeptReceipt) => ({ receipt, plaintext: hexlify(plaintext) });
  const statementJson = JSON.parse(formatSignedStatement(statement)) as unknown;
  return JSON.stringify({ statement: statementJson, question: opened(question), answer: opened(answer) }, readable, 2);
}

/**
 * A proof from its JSON; {@link verifyProof} says whether it proves anything.
 * @throws NetworkError `TOO_LARGE`, `MALFORMED`
 */
export function parseProof(json: string): PrivateProof {
  if (json.length > MAX_JSON) throw new NetworkError("TOO_LARGE", `a proof of ${json.length} characters`);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new NetworkError("MALFORMED", `a proof that is no JSON: ${(cause as Error).message}`, { cause });
  }
  const found = v.safeParse(proofJson, value);
  if (found.success) return found.output;
  const [{ message, path }] = found.issues;
  const where = path?.map(({ key }) => String(key)).join(".") ?? "all of it";
  throw new NetworkError("MALFORMED", `a malformed proof: ${where}: ${message}`);
}

const addressText = v.pipe(
  v.string("an address expected"),
  v.regex(/^0x[0-9a-fA-F]{40}$/, "an address expected"),
  v.transform((text) => text as Address),
);

const statementJson: v.GenericSchema<unknown, SignedStatement> = v.strictObject({
  chainId: wholeNumber(),
  claims: addressText,
  signer: addressText,
  uri: v.pipe(v.string("text expected"), v.maxLength(MAX_URI, "too long a URI")),
  statement: v.strictObject({
    agentId: uintText(256),
    domainId: wholeNumber(0xffff_ffff),
    outcome: wholeNumber(0xff),
    contentHash: hexText(32),
    bond: uintText(256),
    expiry: uintText(64),
    nonce: uintText(256),
  }),
  signature: hexText(65),
});

const openedJson: v.GenericSchema<unknown, KeptReceipt> = v.strictObject({
  receipt: receiptJson,
  plaintext: v.pipe(
    v.string("text expected"),
    v.maxLength(2 + 2 * MAX_PLAINTEXT, "too long a plaintext"),
    v.regex(HEX, "hexadecimal digits in lower case expected"),
    v.transform((text) => getBytes(text)),
  ),
});

const proofJson: v.GenericSchema<unknown, PrivateProof> = v.strictObject({
  statement: statementJson,
  question: openedJson,
  answer: openedJson,
});

function requirePair(asked: Receipt, answered: Receipt): void {
  const refuse = (why: string) => {
    throw new NetworkError("MALFORMED", `the receipts are not of a question and its answer: ${why}`);
  };
  if (asked.purpose !== "question" || answered.purpose !== "answer") refuse(`${asked.purpose} and ${answered.purpose}`);
  if (answered.inReplyTo !== asked.id) refuse("the answer is one to another question");
  if (asked.chainId !== answered.chainId || asked.registry !== answered.registry) refuse("they are of two networks");
  if (!isSameAgent(asked.sender, answered.recipient) || !isSameAgent(asked.recipient, answered.sender)) {
    refuse("they are between other agents, or keys");
  }
}

function isSameAgent(a: Signatory, b: Signatory): boolean {
  return a.agentId === b.agentId && a.networkKey === b.networkKey;
}

function isSame(a: StatementMessage, b: StatementMessage): boolean {
  return (
    statementHash(a.statement) === statementHash(b.statement) && a.signer === b.signer && a.signature === b.signature
  );
}
