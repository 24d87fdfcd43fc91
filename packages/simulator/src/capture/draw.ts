import { createHash } from "node:crypto";
import { type Hex, seatsOf } from "@assay/protocol";
import { decider, type Ending, type Setting, stakesOf, TOTAL } from "./model.ts";

/** How often each ending came of `samples` first rounds that were drawn by the protocol's own sortition. */
export function drawRounds(s: Setting, samples: number, seed: string): Record<Ending, number> {
  const decide = decider(s);
  const { honest, attacker } = stakesOf(s);
  const counts = { right: 0, captured: 0, blocked: 0 };
  for (let n = 0; n < samples; n++) {
    const random = (what: string) => createHash("sha256").update(`${seed}/${n}/${what}`).digest();
    const draw = { offered: s.seats, total: TOTAL, seed: hex(random("seed")), questionId: hex(random("id"), 24) };
    let [right, wrong] = [0, 0];
    for (let i = 0; i < s.honest + s.identities; i++) {
      const isHonest = i < s.honest;
      const secret = random(`secret ${i}`);
      const stake = isHonest ? honest : attacker;
      const seats = seatsOf({ ...draw, stake, agentId: BigInt(i + 1), secret: hex(secret) });
      // Independent of the draw, which hashes the secret.
      const isRight = isHonest && secret.readUInt32BE(0) / 2 ** 32 < s.accuracy;
      if (isRight) right += seats;
      else wrong += seats;
    }
    counts[decide(right, wrong)]++;
  }
  return counts;
}

function hex(bytes: Buffer, size = 32): Hex {
  return `0x${bytes.subarray(0, size).toString("hex")}`;
}
