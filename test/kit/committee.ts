import { claimIdOf, type Hex, questionId, ZERO_HASH } from "@assay/protocol";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { toBigInt } from "ethers";

import { type Connection, createWorld, DOMAIN } from "./world.ts";

export const DOMAIN_ID = 1;
export const SEAT_BOND = toBigInt(DOMAIN.seatBond);
/** Least bond of an assertion, wei. */
export const BOND = 4n * toBigInt(DOMAIN.seats) * toBigInt(DOMAIN.seatFee);

/** One answer for each of the three agents; `null` abstains. */
export type Answers = [number | null, number | null, number | null];

/**
 * A world whose committee is certain: three agents of equal stake, each with exactly 3 of a first round's 9 seats.
 *
 * Agents remember what they did: use one committee for one vote, and build another rather than load a fixture before it.
 */
export async function createCommittee(connection: Connection) {
  const world = await createWorld(connection, { agents: 3 });
  const [payer, payee, stranger] = world.owners.slice(3) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  const skipEpochs = async (epochs: number) => world.warpTo((await world.epoch()) + epochs);
  return {
    ...world.contracts,
    payer,
    payee,
    stranger,
    skipEpochs,
    /** Id of the claim that `asker` would ask. */
    claimIdOf: (asker: string, contentHash: Hex) =>
      claimIdOf(
        questionId({
          domainId: DOMAIN_ID,
          asker: asker as Hex,
          contentHash,
          canaryCommitment: ZERO_HASH,
          salt: ZERO_HASH,
        }),
      ),
    ask: (asker: HardhatEthersSigner, contentHash: Hex) =>
      world.contracts.claims.connect(asker).ask(DOMAIN_ID, contentHash, "", 0, ZERO_HASH, ZERO_HASH),
    /** The agents vote on what was asked in this epoch, and reveal; its verdict can be appealed then, and is final one epoch on. */
    vote: async (answers: Answers) => {
      for (const [i, { agentId }] of world.agents.entries()) world.opinions.set(agentId, () => answers[i] ?? null);
      await world.nextEpoch();
      await world.nextEpoch();
      await skipEpochs(1);
    },
  };
}
