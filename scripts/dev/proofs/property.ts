/** Properties of the contracts, and their proof: every path through a property's run, every claim on it put to the solver. */
import { Executor, type LoopHead } from "./executor.ts";
import { type Fact, Machine, PathEnd, Reverted } from "./machine.ts";
import type { Query, Theory } from "./smt.ts";
import type { Answer, Counterexample, Solver } from "./solver.ts";
import type { Program } from "./source.ts";
import { add, FALSE, flag, TRUE, type Truth, variable, type Word, word } from "./term.ts";
import { asWord, type Value, valuesOf } from "./values.ts";

export interface Property {
  /** What holds, in a sentence. */
  readonly name: string;
  /** What it holds of, `Library.function`. */
  readonly function: string;
  readonly theory: Theory;
  /** Calls the function on unknowns and says what must come of it. Runs once for each case and path. */
  readonly run: (x: Scene, which: number) => void;
  /** Numbers for each of which it is shown on its own: of rounds, of outcomes. One case by default. */
  readonly cases?: readonly number[];
  /** Seconds for all of its claims; `LIMIT` by default. */
  readonly limit?: number;
}

/** Seconds that a property has. */
export const LIMIT = 600;

/** Seconds for finding that what is assumed can never be. */
const VACUITY_LIMIT = 3;

/** What a property's run sees of the machine. */
export class Scene {
  readonly executor: Executor;
  readonly machine: Machine;

  constructor(executor: Executor) {
    this.executor = executor;
    this.machine = executor.machine;
  }

  /** An unknown number, bounds included. */
  word(name: string, lo: bigint | number, hi: bigint | number): Word {
    return variable(name, BigInt(lo), BigInt(hi));
  }

  truth(name: string): Truth {
    return flag(name);
  }

  /** A precondition. */
  assume(truth: Truth): void {
    this.machine.assume(truth);
  }

  /** Something to be shown, which counts as known afterwards. */
  prove(what: string, truth: Truth): void {
    this.machine.claim(what, truth);
  }

  call(name: string, ...args: Value[]): Word {
    return asWord(this.executor.call(name, args));
  }

  /** A call that returns none or several values. */
  callAll(name: string, ...args: Value[]): readonly Value[] {
    return valuesOf(this.executor.call(name, args));
  }

  /** Whether a call reverts, and what it returns if it does not. */
  attempt(name: string, ...args: Value[]): readonly Value[] | null {
    try {
      return this.callAll(name, ...args);
    } catch (error) {
      if (error instanceof Reverted) return null;
      throw error;
    }
  }

  struct(name: string, values: Readonly<Record<string, Value>>): Word {
    return this.executor.struct(name, values);
  }

  member(name: string, at: Value, member: string): Word {
    return this.executor.member(name, at, member);
  }

  array(values: readonly Value[]): Word {
    return this.executor.newArray(values);
  }

  /** Of an array in memory. */
  elements(at: Value, count: number): Word[] {
    return Array.from({ length: count }, (_, i) => this.machine.memory.load(add(asWord(at), word(32 * (i + 1)))));
  }

  /** Gives a place in storage its value. */
  store(path: string, value: Word): void {
    this.machine.storage.set(path, value);
  }

  /** What stands in storage after the calls; null if it was neither given nor read nor written. */
  stored(path: string): Word | null {
    return this.machine.storage.get(path) ?? null;
  }

  /** See `Machine.lemma`. */
  lemma(what: string, terms: readonly Word[], theory: Theory, statement: (...numbers: Word[]) => Truth): void {
    this.machine.lemma(what, terms, theory, statement);
  }

  /** Has later claims shown without anything known so far. */
  forget(): void {
    this.machine.forget();
  }

  setMember(name: string, at: Value, member: string, value: Word): void {
    this.executor.setMember(name, at, member, value);
  }

  atLoop(functionName: string, hook: (head: LoopHead) => void): void {
    this.executor.loops.set(functionName, hook);
  }

  /** Nothing more is of interest on this path. */
  end(): never {
    throw new PathEnd();
  }
}

export interface Result {
  readonly name: string;
  readonly function: string;
  readonly status: Answer["status"];
  readonly seconds: number;
  /** Claims shown, each for all values of the unknowns. */
  readonly claims: number;
  readonly paths: number;
  /** Sources of the functions and constants used, by their path below `contracts/`. */
  readonly files: readonly string[];
  /** The claim that fails or is not decided, and why. */
  readonly failure?: string;
  readonly counterexample?: Counterexample;
}

interface Path {
  readonly facts: readonly Fact[];
  readonly choices: readonly boolean[];
}

/** Runs a case of a property on every path. */
function explore(program: Program, property: Property, which = 0): { paths: Path[]; files: Set<string> } {
  const files = new Set<string>();
  const paths: Path[] = [];
  const open: (readonly boolean[])[] = [[]];
  for (let choices = open.pop(); choices !== undefined; choices = open.pop()) {
    const machine = new Machine(choices);
    try {
      property.run(new Scene(new Executor(program, machine, files)), which);
    } catch (error) {
      if (error instanceof Reverted) machine.claim(`does not revert (${error.message})`, FALSE);
      else if (!(error instanceof PathEnd)) throw error;
    }
    for (let i = choices.length; i < machine.made.length; i++)
      open.push([...machine.made.slice(0, i), !machine.made[i]]);
    paths.push({ facts: machine.facts, choices: machine.made });
  }
  return { paths, files };
}

/** Proves a property, or finds a claim of it that does not hold or is not decided in time. */
export async function prove(program: Program, property: Property, solver: Solver): Promise<Result> {
  const began = Date.now();
  const deadline = began + (property.limit ?? LIMIT) * 1_000;
  const files = new Set<string>();
  const shown = new Set<string>();
  let paths = 0;
  let verdict: Verdict = { status: "proved" };
  for (const which of property.cases ?? [0]) {
    const explored = explore(program, property, which);
    explored.files.forEach((file) => files.add(file));
    paths += explored.paths.length;
    verdict = await decide(explored.paths, property.theory, solver, deadline, shown);
    if (verdict.status === "proved") continue;
    if (property.cases !== undefined) verdict = { ...verdict, failure: `${verdict.failure ?? ""} (case ${which})` };
    break;
  }
  return {
    name: property.name,
    function: property.function,
    seconds: Math.round((Date.now() - began) / 100) / 10,
    claims: shown.size,
    paths,
    files: [...files].filter((file) => file.includes("/") && !file.startsWith("@")).sort(),
    ...verdict,
  };
}

type Verdict = Pick<Result, "status" | "failure" | "counterexample">;

/**
 * Puts the claims of some paths to the solver, until one fails.
 * @param shown collects those that hold
 */
async function decide(
  paths: readonly Path[],
  theory: Theory,
  solver: Solver,
  deadline: number,
  shown: Set<string>,
): Promise<Verdict> {
  let possible = false;
  for (const { facts } of paths) {
    for (const [i, { kind, what, truth, alone }] of facts.entries()) {
      if (kind !== "claim" || truth === TRUE) continue;
      const from = facts.slice(0, i).findLastIndex((fact) => fact.kind === "forgotten") + 1;
      const known = alone === undefined ? facts.slice(from, i) : [];
      const query = queryOf(known, truth, alone ?? theory);
      const key = `${query.facts.map(({ id }) => id).join(" ")}: ${truth.id}`;
      if (shown.has(key)) continue;
      const answer = await solver.ask(query, Math.max(deadline - Date.now(), 1));
      if (answer.status === "refuted") return { ...answer, failure: what };
      if (answer.status === "open") return { status: "open", failure: `${what}: ${answer.reason}` };
      shown.add(key);
    }
    if (possible) continue;
    const answer = await solver.ask(queryOf(facts, FALSE, theory), VACUITY_LIMIT * 1_000);
    possible = answer.status !== "proved";
  }
  return possible ? { status: "proved" } : { status: "open", failure: "what is assumed can never be" };
}

function queryOf(facts: readonly Fact[], goal: Truth, theory: Theory): Query {
  const known = facts.filter(({ alone }) => alone === undefined);
  return { facts: [...new Set(known.map(({ truth }) => truth))], goal, theory };
}
