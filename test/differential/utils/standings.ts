import { EVIDENCE_CAP, EVIDENCE_FLOOR, LAST_GENERATION, MAX_VERDICTS, type Standing } from "@assay/protocol";
import type { Random } from "./random.ts";

export function standing(random: Random): Standing {
  return {
    alpha: random.edgy(EVIDENCE_FLOOR, EVIDENCE_CAP - 1),
    beta: random.edgy(EVIDENCE_FLOOR, EVIDENCE_CAP - 1),
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
