import type { Address, Hex, StatementContext } from "@assay/protocol";
import { getBytes, hexlify } from "ethers";
import { NetworkError } from "../errors.ts";
import type { NodeKeys } from "../identity/keys.ts";
import type { AgentPeer, Exchange } from "../node/exchange.ts";
import { type Channel, type Party, partyOf, type Purpose } from "./party.ts";
import {
  type Delivery,
  ID_SIZE,
  MAX_BODY,
  openReceipt,
  plaintextCodec,
  type Receipt,
  SALT_SIZE,
  sha256,
  signDelivery,
  signReceived,
  verifyDelivery,
  verifyReceived,
} from "./receipt.ts";
import type { PrivateStore } from "./store.ts";
import { open, seal } from "./suite.ts";
import { aadOf, type Received, type Sealed } from "./wire.ts";

/** Where private exchange takes place. */
interface PrivateContext extends StatementContext {
  /** Address of `AgentRegistry`. */
  readonly registry: Address;
}

/** What sealing and opening take. */
export interface MailOptions {
  readonly exchange: Pick<Exchange, "self">;
  readonly keys: Pick<NodeKeys, "network" | "hpke">;
  readonly context: PrivateContext;
  readonly store: PrivateStore;
  /** Unix seconds. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** How old what is received may be, s; its id is remembered a little longer, should the clock be set back. */
export const MESSAGE_WINDOW = 600;

/** How far ahead of one's own clock the sender's may be, s. */
export const MAX_CLOCK_SKEW = 60;

/** What was sealed, and what is needed to make a receipt of it. */
export interface SentMail {
  readonly sealed: Sealed;
  readonly delivery: Delivery;
  readonly plaintext: Uint8Array;
}

/** What was received. */
export interface ReceivedMail<T> {
  /** What was read of its body. */
  readonly read: T;
  readonly receipt: Receipt;
  /** The recipient's side of the receipt, for the sender. */
  readonly received: Received;
}

/** Seals, opens, signs and keeps what agents send each other; knows nothing of how it goes over the network. */
export class PrivateMail {
  readonly #options: MailOptions;

  constructor(options: MailOptions) {
    this.#options = options;
  }

  /** @throws NetworkError `TOO_LARGE`; `MALFORMED` if the peer's keys are none */
  async seal(purpose: Purpose, peer: AgentPeer, body: Uint8Array, inReplyTo: Hex | null): Promise<SentMail> {
    const { keys, now, randomBytes } = this.#options;
    const [sender, recipient] = [this.#self(), partyOf(peer)];
    const channel = this.#channel(purpose, sender, recipient);
    if (body.length > MAX_BODY) {
      throw new NetworkError("TOO_LARGE", `a ${purpose} of ${body.length} bytes; ${MAX_BODY} are allowed`);
    }
    const plaintext = plaintextCodec.encode([randomBytes(SALT_SIZE), body]);
    const head = { id: hexlify(randomBytes(ID_SIZE)) as Hex, inReplyTo, sentAt: Math.floor(now()) };
    const { enc, ciphertext } = await seal(channel, keys.hpke, plaintext, aadOf(head));
    const commitment = sha256(plaintext);
    const delivery = deliveryOf(channel, { ...head, commitment, ciphertext });
    const signature = await signDelivery(delivery, (bytes) => keys.network.sign(bytes));
    const used = { senderKey: hexlify(sender.hpkeKey) as Hex, recipientKey: hexlify(recipient.hpkeKey) as Hex };
    return { sealed: { ...head, ...used, commitment, signature, enc, ciphertext }, delivery, plaintext };
  }

  /** Seals an answer, and keeps it until its receipt comes. @throws NetworkError as {@link seal} does; `STORE_UNWRITABLE` */
  async sealAnswer(peer: AgentPeer, body: Uint8Array, question: Hex): Promise<Sealed> {
    const { sealed, delivery, plaintext } = await this.seal("answer", peer, body, question);
    this.#options.store.keepUnacknowledged(delivery, sealed.signature, plaintext);
    return sealed;
  }

  /**
   * Makes the receipt of what was sent, and keeps it.
   * @throws NetworkError `BAD_SIGNATURE` if it is not the recipient's; `EXPIRED` if it names a time that cannot be; `STORE_UNWRITABLE`
   */
  async receipted({ sealed, delivery, plaintext }: SentMail, received: Received): Promise<Receipt> {
    const receipt = await this.#complete(delivery, sealed.signature, received);
    this.#options.store.keepSent({ receipt, plaintext });
    return receipt;
  }

  /**
   * Opens what was received, and keeps its receipt. Whatever fails, nothing is kept, nothing is signed, and it has not been seen.
   * @param inReplyTo the question's id, if it is an answer
   * @param read reads the body; what it throws refuses it
   * @throws NetworkError `EXPIRED`; `REPLAYED`; `UNBOUND` if keys have changed since it was sealed; `BAD_SIGNATURE`; `MALFORMED`;
   * `RATE_LIMITED`; `STORE_UNWRITABLE`
   */
  async receive<T>(
    purpose: Purpose,
    peer: AgentPeer,
    sealed: Sealed,
    inReplyTo: Hex | null,
    read: (body: Uint8Array) => T | Promise<T>,
  ): Promise<ReceivedMail<T>> {
    const { keys, now, store } = this.#options;
    this.#requireInTime(sealed.sentAt);
    if (sealed.inReplyTo !== inReplyTo)
      throw new NetworkError("MALFORMED", `the ${purpose} is a reply to something else`);
    store.requireUnseen(peer.agentId, sealed.id);
    const channel = this.#channel(purpose, partyOf(peer), this.#self());
    requireKeys(channel, sealed);
    const delivery = deliveryOf(channel, sealed);
    await verifyDelivery(delivery, sealed.signature);
    const plaintext = await open(channel, keys.hpke, sealed, aadOf(sealed));
    const body = await read(openReceipt(delivery, plaintext));
    const receivedAt = Math.floor(now());
    const signature = await signReceived(delivery, receivedAt, (bytes) => keys.network.sign(bytes));
    const receipt = { ...delivery, senderSignature: sealed.signature, receivedAt, recipientSignature: signature };
    store.take({ receipt, plaintext }, sealed.sentAt + MESSAGE_WINDOW + MAX_CLOCK_SKEW);
    return { read: body, receipt, received: { receivedAt, signature } };
  }

  /**
   * Takes the recipient's side of the receipt of an answer; again and again, if it comes so.
   * @throws NetworkError `REFUSED` if nothing was sent that it is for; `BAD_SIGNATURE`, `EXPIRED`, `STORE_UNWRITABLE`
   */
  async acknowledged(peer: AgentPeer, id: Hex, received: Received): Promise<void> {
    const { store } = this.#options;
    const kept = store.unacknowledged(peer.agentId, id);
    if (kept === null) {
      if (store.find("sent", peer.agentId, id) !== null) return;
      throw new NetworkError("REFUSED", `there is no answer ${id} that wants a receipt`);
    }
    const { senderSignature, receivedAt: _, recipientSignature: __, ...delivery } = kept.receipt;
    store.acknowledge(await this.#complete(delivery, senderSignature, received));
  }

  async #complete(delivery: Delivery, senderSignature: Hex, { receivedAt, signature }: Received): Promise<Receipt> {
    const early = receivedAt < delivery.sentAt - MAX_CLOCK_SKEW;
    if (early || receivedAt > delivery.sentAt + MESSAGE_WINDOW + MAX_CLOCK_SKEW) {
      const message = `a receipt that says ${receivedAt} for a ${delivery.purpose} that was sent at ${delivery.sentAt}`;
      throw new NetworkError("EXPIRED", message);
    }
    await verifyReceived(delivery, receivedAt, signature);
    return { ...delivery, senderSignature, receivedAt, recipientSignature: signature };
  }

  #requireInTime(sentAt: number): void {
    const age = this.#options.now() - sentAt;
    if (age <= MESSAGE_WINDOW && age >= -MAX_CLOCK_SKEW) return;
    const what =
      age > 0 ? `${Math.floor(age)} s old: ${MESSAGE_WINDOW}` : `${Math.ceil(-age)} s ahead: ${MAX_CLOCK_SKEW}`;
    throw new NetworkError("EXPIRED", `a message that is ${what} s are allowed; are both clocks right?`);
  }

  #self(): Party {
    return partyOf(this.#options.exchange.self);
  }

  #channel(purpose: Purpose, sender: Party, recipient: Party): Channel {
    return { context: this.#options.context, purpose, sender, recipient };
  }
}

function deliveryOf(
  { context, purpose, sender, recipient }: Channel,
  { id, inReplyTo, sentAt, commitment, ciphertext }: Omit<Sealed, "enc" | "senderKey" | "recipientKey" | "signature">,
): Delivery {
  return {
    ...{ chainId: BigInt(context.chainId), registry: context.registry.toLowerCase() as Address, purpose },
    sender: { agentId: sender.agentId, networkKey: sender.networkKey },
    recipient: { agentId: recipient.agentId, networkKey: recipient.networkKey },
    ...{ id, inReplyTo, sentAt, ciphertextHash: sha256(ciphertext), commitment },
  };
}

/** Says of keys that have changed in between what opening could not tell from a forgery. */
function requireKeys({ purpose, sender, recipient }: Channel, { senderKey, recipientKey }: Sealed): void {
  const pairs = [
    [sender, senderKey],
    [recipient, recipientKey],
  ] as const;
  for (const [{ agentId, hpkeKey }, used] of pairs) {
    if (Buffer.compare(hpkeKey, getBytes(used)) === 0) continue;
    const message = `a ${purpose} was sealed with a key that agent ${agentId} has no longer, or never had: look up its binding again`;
    throw new NetworkError("UNBOUND", message, { retryable: true });
  }
}
