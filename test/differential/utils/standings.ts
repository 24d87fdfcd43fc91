import { EVIDENCE_CAP, EVIDENCE_FLOOR, LAST_GENERATION, MAX_VERDICTS, ONE, type Standing } from "@assay/protocol";
import type { Random } from "./random.ts";

export function standing(random: Random): Standing {
  const alpha = random.edgy(EVIDENCE_FLOOR, EVIDENCE_CAP - 1);
  // One more verdict on a question that is not counted fills the evidence to its cap, or to one more.
  const room = EVIDENCE_CAP - ONE - alpha + random.int(0, 1);
  // So do a few others.
  const little = EVIDENCE_CAP - alpha - random.int(0, 4 * ONE);
  return {
    alpha,
    beta: Math.max(EVIDENCE_FLOOR, random.pick([room, little, little, random.edgy(EVIDENCE_FLOOR, EVIDENCE_CAP - 1)])),
    verdicts: random.edgy(0, MAX_VERDICTS),
    generation: random.edgy(0, LAST_GENERATION),
  };
}

/** The slot of an agent in a domain: 200 bits of allocations, then verdicts 12, generation 12, alpha 16, beta 16. */
export function packStanding(s: Standing | null, allocations: bigint): bigint {
  if (s === null) return allocations;
  return (
    allocations |
    (BigInt(s.verdicts) << 200n) |
    (BigInt(s.generation) << 212n) |
    (BigInt(s.alpha) << 224n) |
    (BigInt(s.beta) << 240n)
  );
}
