import type { Baseline } from "../model/result.ts";

/** What answers questions: the swarm, or what it is compared with. */
export type Contender = "swarm" | "swarmDecided" | Baseline;

/** In the order in which they are shown. */
export const CONTENDERS: Readonly<Record<Contender, string>> = {
  swarm: "the swarm",
  swarmDecided: "the swarm, where it decided",
  majoritySame: "majority of as many answers",
  majority: "majority of all answers",
  stakeWeighted: "stake-weighted vote",
  stakeMoving: "stake that moves to winners",
  dawidSkene: "Dawid-Skene (EM)",
  bestPast: "best agent so far",
  bestHindsight: "best agent in hindsight",
  oracle: "oracle weights",
};

export const BASELINES = Object.keys(CONTENDERS).filter(
  (name): name is Baseline => name !== "swarm" && name !== "swarmDecided",
);
