/** Every decoder of packages/network that reads what peers or files say, with messages that it reads. */
import { hexlify } from "ethers";
import type { Hex } from "@assay/protocol";
import { acquaintancesCodec } from "../../../packages/network/src/node/acquaintances.ts";
import { verdictCodec } from "../../../packages/network/src/node/refusal.ts";
import { contentHeaderCodec, contentRequestCodec } from "../../../packages/network/src/contents/wire.ts";
import { NetworkError } from "../../../packages/network/src/errors.ts";
import { bindingCodec, recordCodec } from "../../../packages/network/src/identity/binding.ts";
import { plaintextCodec, type Receipt, receiptCodec } from "../../../packages/network/src/private/receipt.ts";
import {
  answerCodec,
  privateFrameCodec,
  privateRequestCodec,
  questionCodec,
  type Sealed,
} from "../../../packages/network/src/private/wire.ts";
import { historyEntryCodec, historyRequestCodec } from "../../../packages/network/src/statements/history.ts";
import { statementCodec } from "../../../packages/network/src/statements/message.ts";
import { requestCodec, responseCodec } from "../../../packages/network/src/swarm/messages.ts";
import { fuzz, type FuzzCounts } from "../../../packages/network/src/testing/fuzz.ts";
import { messageOf } from "../../../packages/network/src/testing/statements.ts";
import type { Codec } from "../../../packages/network/src/wire/codec.ts";

/** A decoder that can be fed. */
export interface Decoder {
  /** As its source exports it. */
  readonly name: string;
  /** @throws AssertionError that names the input which it should not have taken so */
  readonly fuzz: (iterations: number, random: () => number) => FuzzCounts;
}

const bytes = (length: number, value = length): Uint8Array => new Uint8Array(length).fill(value);
const hex = (length: number, value = length): Hex => hexlify(bytes(length, value)) as Hex;

const statement = messageOf();
const encoded = statementCodec.encode(statement);
const binding = {
  ...{ agentId: 7n, owner: hex(20), networkKey: hex(32), hpkeKey: hex(32, 9), issuedAt: 1_790_000_000n },
  signature: hex(65),
};
const address = "/ip4/192.0.2.7/tcp/4001";
const sealed: Sealed = {
  ...{ id: hex(16), inReplyTo: null, sentAt: 1_790_000_000, senderKey: hex(32, 1), recipientKey: hex(32, 2) },
  ...{ commitment: hex(32, 3), signature: hex(64), enc: bytes(32), ciphertext: bytes(48) },
};
const received = { receivedAt: 1_790_000_001, signature: hex(64) };
const receipt: Receipt = {
  ...{
    chainId: 31_337n,
    registry: hex(20),
    purpose: "answer",
    id: hex(16),
    inReplyTo: hex(16, 2),
    sentAt: 1_790_000_000,
  },
  sender: { agentId: 1n, networkKey: hex(32, 1) },
  recipient: { agentId: 2n, networkKey: hex(32, 2) },
  ...{ ciphertextHash: hex(32, 3), commitment: hex(32, 4), senderSignature: hex(64, 5), receivedAt: 1_790_000_001 },
  recipientSignature: hex(64, 6),
};
const question = { domainId: 1, contentHash: hex(32), bond: 36n * 10n ** 18n, validFor: 86_400, timeoutMs: 30_000 };

export const DECODERS: readonly Decoder[] = [
  decoder("bindingCodec", bindingCodec, [binding, { ...binding, agentId: 0n, issuedAt: 0n }]),
  decoder("recordCodec", recordCodec, [
    { binding, addresses: [address] },
    { binding, addresses: [] },
  ]),
  decoder("acquaintancesCodec", acquaintancesCodec, [[{ agentId: 7n, addresses: [address] }], []]),
  decoder("verdictCodec", verdictCodec, [null, new NetworkError("RATE_LIMITED", "too many requests")]),
  decoder("statementCodec", statementCodec, [statement, { ...statement, uri: "", evidence: "trust me" }]),
  decoder("historyRequestCodec", historyRequestCodec, [
    { domainId: 1, contentHash: null, before: Number.MAX_SAFE_INTEGER, limit: 64 },
    { domainId: 1, contentHash: hex(32), before: 9, limit: 1 },
  ]),
  decoder("historyEntryCodec", historyEntryCodec, [{ id: 9, bytes: encoded }]),
  decoder("requestCodec", requestCodec, [
    { ...question, content: bytes(40) },
    { ...question, content: null },
  ]),
  decoder("responseCodec", responseCodec, [
    { kind: "answer", statement: encoded },
    { kind: "abstain", reason: "it knows nothing" },
  ]),
  decoder("contentRequestCodec", contentRequestCodec, [[hex(32)]]),
  decoder("contentHeaderCodec", contentHeaderCodec, [[0], [70_000], [2 ** 52]]),
  decoder("questionCodec", questionCodec, [{ domainId: 3, content: bytes(40) }]),
  decoder("answerCodec", answerCodec, [{ statement, evidence: bytes(40) }]),
  decoder("privateRequestCodec", privateRequestCodec, [
    { kind: "message", sealed },
    { kind: "question", sealed: { ...sealed, inReplyTo: sealed.id } },
    { kind: "acknowledgement", id: sealed.id, received },
  ]),
  decoder("privateFrameCodec", privateFrameCodec, [
    { kind: "received", received },
    { kind: "waiting" },
    { kind: "answer", sealed },
    { kind: "refused", reason: "no" },
  ]),
  decoder("plaintextCodec", plaintextCodec, [[bytes(32), bytes(40)]]),
  decoder("receiptCodec", receiptCodec, [receipt, { ...receipt, purpose: "message", inReplyTo: null }]),
];

function decoder<T>(name: string, codec: Codec<T>, samples: readonly T[]): Decoder {
  return { name, fuzz: (iterations, random) => fuzz(codec, samples, iterations, random) };
}
