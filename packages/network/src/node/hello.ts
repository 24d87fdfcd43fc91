import type { NetworkError } from "../errors.ts";
import { bindingCodec, type SignedBinding } from "../identity/binding.ts";
import type { AgentPeer } from "./exchange.ts";
import type { FrameStream } from "./frames.ts";
import { toRefusal, verdictCodec } from "./refusal.ts";

/** By which peers prove to each other for which agents they speak. */
export const HELLO = "/assay/hello/1";

/** Most bytes of a frame of it. */
export const MAX_HELLO = Math.max(bindingCodec.maxSize, verdictCodec.maxSize);

/** Finds the agent of the peer at the other end. @throws NetworkError if the peer is not to be talked to */
type Check = (binding: SignedBinding) => Promise<AgentPeer>;

/*
 * Who dialled shows its binding; the other one says whether it goes on, and shows its own; the first says whether it goes on. Nothing
 * is signed here: the channel has proved the key of each end, and the binding names that key.
 */

/** How it ended, if neither side broke off: the other side's agent, or why it does not want this one. */
export type Greeting = { readonly peer: AgentPeer } | { readonly refusal: NetworkError };

/** Begins. @throws NetworkError if this side does not go on; or of the stream */
export async function greet(frames: FrameStream, own: Uint8Array, check: Check): Promise<Greeting> {
  await frames.write(own);
  const refusal = verdictCodec.decode(await frames.read());
  if (refusal !== null) return { refusal };
  return { peer: await judge(frames, await frames.read(), check) };
}

/** Answers. @throws as {@link greet} does */
export async function answer(frames: FrameStream, own: Uint8Array, check: Check): Promise<Greeting> {
  const peer = await judge(frames, await frames.read(), check);
  await frames.write(own);
  const refusal = verdictCodec.decode(await frames.read());
  return refusal === null ? { peer } : { refusal };
}

/** Tells the other side the verdict, whatever it is. */
async function judge(frames: FrameStream, shown: Uint8Array, check: Check): Promise<AgentPeer> {
  let peer: AgentPeer;
  try {
    peer = await check(bindingCodec.decode(shown));
  } catch (error) {
    await frames.write(verdictCodec.encode(toRefusal(error)));
    await frames.end();
    throw error;
  }
  await frames.write(verdictCodec.encode(null));
  return peer;
}
