import { baselinesOf } from "../baselines/baselines.ts";
import type { VerdictView } from "../engine/engine.ts";
import type { AgentResult, QuestionResult, SimulationResult } from "../model/result.ts";
import type { TaskItem } from "../model/tasks.ts";
import type { Question } from "./question.ts";
import type { Simulation } from "./simulation.ts";

/** A question about an item, and final. */
type FinalQuestion = Question & { readonly final: VerdictView; readonly asking: { readonly item: number } };

/** What is known of a run, finished or not. */
export async function resultOf(run: Simulation): Promise<SimulationResult> {
  const { config, crowd } = run;
  const final = run.questions.filter(
    (question): question is FinalQuestion => question.final !== null && question.asking.item !== null,
  );
  const polls = final.map(({ asking: { item }, voices, votes, askedIn }) => {
    const { truth, labels } = run.tasks.items[item] as TaskItem;
    return { truth, labels: labels.length, voices, askedIn, taken: votes.size };
  });
  const voters = crowd.players.map(({ person: { stake, honest } }) => ({ stake: Number(stake), honest }));
  const { outcomes, openAnswers } = config.rules;
  const baselines = baselinesOf(polls, voters, { outcomes, openAnswers, seed: config.seed });
  const { agents, books } = await accountsOf(run);
  return {
    ...{ config, complete: run.complete, agents, books },
    questions: final.map((question, i) => questionOf(question, polls[i]?.truth ?? null, baselines[i])),
    epochs: run.epochs,
    panel: crowd.panel().map((voter) => ({
      agent: crowd.players[voter]?.agent as number,
      answers: final.map(({ voices }) => voices.find((voice) => voice.voter === voter)?.outcome ?? null),
    })),
    transactions: Object.fromEntries(Object.entries(run.transactions).filter(([, count]) => count > 0)),
    notes: [...run.tasks.notes, ...notesOf(run)],
  };
}

function questionOf(
  question: FinalQuestion,
  truth: number | null,
  baselines: QuestionResult["baselines"] | undefined,
): QuestionResult {
  const { asking, askedIn, final, votes, target } = question;
  return {
    ...{ item: asking.item, truth, askedIn, target, cost: question.cost() },
    status: final.status === "resolved" ? "resolved" : "unresolved",
    ...{ outcome: final.outcome, supportBps: final.supportBps, rounds: final.rounds, seats: final.seats },
    answers: votes.size,
    canary: asking.canary !== undefined,
    baselines: baselines as QuestionResult["baselines"],
  };
}

async function accountsOf({
  engine,
  players,
  gangs,
  bribes,
}: Simulation): Promise<Pick<SimulationResult, "agents" | "books">> {
  const { purses, sink, keeper } = await engine.books();
  const views = await engine.agents(players.map(({ agent }) => agent));
  const agents = players.map(({ person, known, right, ...player }, i): AgentResult => ({
    ...{ name: person.name, strategy: person.strategy, honest: person.honest, stake: person.stake },
    accuracy: known === 0 ? null : right / known,
    ...{ seats: player.seats, votes: player.votes, coherent: player.coherent, forfeits: player.forfeits },
    ...{ gain: player.gain, loss: player.loss, weight: views[i]?.weight ?? 0 },
  }));
  const books: Record<string, bigint> = { askers: -(purses[0] ?? 0n), sink, keeper };
  gangs.forEach(({ name }, group) => {
    const net = -(purses[group + 1] ?? 0n);
    if (net !== 0n) books[name] = net;
  });
  if (bribes.paid > 0n) books["bribes"] = -bribes.paid;
  return { agents, books };
}

function notesOf({ config, tasks, players, started, crowd, dropped, questions, complete }: Simulation): string[] {
  const notes: string[] = [];
  if (!complete)
    notes.push(`stopped before its end: ${questions.filter(({ final }) => final === null).length} questions are open`);
  const dealt = questions.filter(({ asking }) => asking.item === null).length;
  if (dealt > 0) notes.push(`${dealt} questions that groups asked themselves are not among the questions`);
  if (dropped > 0) notes.push(`${dropped} votes were not cast: too little free stake for their bonds`);
  if (started > tasks.workers.length) {
    notes.push(`${started} agents share the answers of ${tasks.workers.length} workers`);
  }
  if (crowd.players.length < players.length) {
    notes.push(`baselines and accuracies are of ${crowd.players.length} of ${players.length} agents, drawn by chance`);
  }
  if (config.groups.some(({ strategy }) => strategy === "briber")) {
    notes.push("bribes are paid beside the protocol, and reckoned from the support of verdicts");
  }
  return notes;
}
