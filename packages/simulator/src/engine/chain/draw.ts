import { bytesWord, type Hex, seatsFor, uintWord } from "@assay/protocol";
import type { AgentIndex, QuestionIndex } from "../engine.ts";
import type { BeatContext, ChainAgent } from "./chain-agent.ts";
import type { Question } from "./question-book.ts";

/** Where seats are drawn. */
export interface DrawContext extends BeatContext {
  readonly seed: Hex;
  /** Units that count in the epoch, of all agents. */
  readonly total: bigint;
}

/** Seats of each agent that has any, by question, on questions voted in the epoch; agents in order. */
export function drawSeats(
  agents: readonly ChainAgent[],
  questions: readonly Pick<Question, "index" | "id" | "offered">[],
  context: DrawContext,
): Map<AgentIndex, Map<QuestionIndex, number>> {
  const { epoch, seed, total } = context;
  const ids = questions.map(({ id }) => bytesWord(id, 24));
  const ticket = new Uint8Array(128);
  ticket.set(bytesWord(seed));
  const draws = new Map<AgentIndex, Map<QuestionIndex, number>>();
  for (const agent of agents) {
    const allocation = agent.allocation(epoch);
    if (allocation === 0n) continue;
    const backing = agent.backing(agent.settlement(context));
    const stake = allocation < backing ? allocation : backing;
    ticket.set(uintWord(agent.agentId), 64);
    ticket.set(bytesWord(agent.secret(epoch)), 96);
    const seatsOn = new Map<QuestionIndex, number>();
    questions.forEach(({ index, offered }, i) => {
      ticket.set(ids[i] as Uint8Array, 32);
      const seats = seatsFor({ offered, stake, total }, ticket);
      if (seats > 0) seatsOn.set(index, seats);
    });
    if (seatsOn.size > 0) draws.set(agent.index, seatsOn);
  }
  return draws;
}
