import { epochStart, roundSchedule } from "@assay/protocol";
import type { Deployment } from "./deployment-file.ts";

/** When a round is voted and its verdict final, in words. */
export function describeRound({ parameters }: Deployment, voteEpoch: number): string {
  const { vote, appeal, final } = roundSchedule(voteEpoch);
  const finalAt = new Date(epochStart(parameters, final) * 1000).toISOString();
  return `voted in epoch ${vote}; can be appealed in epoch ${appeal}; final from epoch ${final} (${finalAt})`;
}
