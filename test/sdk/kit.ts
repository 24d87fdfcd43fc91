import { type Assay, type Mined, type PayableAction, type Sent } from "@assay/sdk";
import type { Hex } from "@assay/protocol";
import { id } from "ethers";
import { network } from "hardhat";
import { createWorld, type World, type WorldOptions } from "../kit/world.ts";

/** A deployed protocol with agents, and a client of it. */
export interface SdkWorld {
  readonly world: World;
  /** As an account that has tokens, and that owns no agent. */
  readonly assay: Assay;
  /** As the owner of the first agent. */
  readonly owner: Assay;
  /** As another account with tokens, and without an agent. */
  readonly other: Assay;
}

/** A chain of its own, with a client. */
export async function createSdkWorld(options: WorldOptions = {}): Promise<SdkWorld> {
  const world = await createWorld(await network.create(), options);
  const { assay } = world;
  const other = world.owners.at(-1);
  const [owner] = world.owners;
  if (other === undefined || owner === undefined) throw new Error("no accounts");
  return { world, assay, owner: assay.connect(owner), other: assay.connect(other) };
}

/** Sends and waits. */
export async function done<T>(sending: Promise<Sent<T>>): Promise<T> {
  const { result } = await mined(sending);
  return result;
}

/** Sends and waits; the receipt too. */
export async function mined<T>(sending: Promise<Sent<T>>): Promise<Mined<T>> {
  return (await sending).wait();
}

/** Approves what an action costs, and does it. */
export async function pay<Args, T>(action: PayableAction<Args, T>, args: Args): Promise<T> {
  await (await action.approve(args))?.wait();
  return done(action(args));
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was refused");
}

/** 32 bytes that a text stands for. */
export function bytes32(text: string): Hex {
  return id(text) as Hex;
}
