import { COUNT_START, EPOCHS_PER_ROUND } from "@assay/protocol";
import { type Chance, chanceOf } from "../chance.ts";
import { UNIT } from "../engine/domain.ts";
import type { AgentIndex, Asked, Beat, Committee, Engine, Events, VerdictView } from "../engine/engine.ts";
import { SimulatorError } from "../errors.ts";
import type { CompleteConfig } from "../model/config.ts";
import type { EpochResult, SimulationResult } from "../model/result.ts";
import type { TaskItem, Tasks } from "../model/tasks.ts";
import { honest } from "../strategies/honest.ts";
import { settingsOf, strategyKind } from "../strategies/strategies.ts";
import type { Posed, Strategy, World } from "../strategies/strategy.ts";
import { Bribes } from "./bribes.ts";
import { Crowd } from "./crowd.ts";
import { Player } from "./player.ts";
import type { Person } from "./population.ts";
import { type Asking, type CastVote, Question } from "./question.ts";
import { resultOf } from "./results.ts";

/** A group of the configuration, as it plays. */
export interface Gang {
  /** Unique among the groups. */
  readonly name: string;
  readonly plays: Strategy;
}

interface Hooks {
  readonly onProgress?: (progress: { readonly part: number; readonly epoch: number }) => void;
  readonly signal?: AbortSignal;
}

/** Somebody who has left, and comes back as somebody else. */
interface Returning {
  readonly epoch: number;
  readonly person: Person;
  readonly stake: bigint;
}

/** One run: the population under the protocol's rules, from enrolment until all is settled. */
export class Simulation {
  readonly config: CompleteConfig;
  readonly tasks: Tasks;
  readonly engine: Engine;
  readonly players: Player[] = [];
  readonly gangs: readonly Gang[];
  readonly crowd: Crowd;
  readonly bribes: Bribes;
  /** About items, in the order of asking; and those that groups asked themselves. */
  readonly questions: Question[] = [];
  readonly epochs: EpochResult[] = [];
  readonly transactions: Record<string, number> = {};
  /** Votes that were not covered by stake. */
  dropped = 0;
  complete = false;
  readonly #people: readonly Person[];
  readonly #hooks: Hooks;
  readonly #world: World & { counts: readonly number[]; lastOutcome: number | null };
  readonly #honest: Strategy;
  /** Items still to be asked, the next one last. */
  readonly #waiting: number[];
  readonly #canaries: Chance;
  /** Epochs in which items are asked. */
  readonly #asking: number;
  readonly #open = new Map<number, Question>();
  /** Committed in the last epoch and not revealed yet. */
  #sealed = new Map<AgentIndex, CastVote[]>();
  #returning: Returning[] = [];
  #votes = 0;
  #seats = 0;

  constructor(config: CompleteConfig, tasks: Tasks, people: readonly Person[], engine: Engine, hooks: Hooks) {
    this.config = config;
    this.tasks = tasks;
    this.engine = engine;
    this.#people = people;
    this.#hooks = hooks;
    this.#world = {
      tasks,
      counts: Array<number>(tasks.outcomes).fill(COUNT_START),
      lastOutcome: null,
      weight: (agent) => this.#player(agent).weight,
    };
    const { seed, minConfidence } = config;
    const group = (name: string) => ({
      ...{ name, world: this.#world, seed, minConfidence },
      chance: chanceOf(seed, `strategy/${name}`),
    });
    this.#honest = honest.create({ ...group("honest"), settings: {} });
    this.gangs = config.groups.map(({ strategy, settings }, i) => {
      const kind = strategyKind(strategy);
      const first = config.groups.findIndex((other) => other.strategy === strategy) === i;
      const name = first ? strategy : `${strategy} ${i + 1}`;
      return { name, plays: kind.create({ ...group(name), settings: settingsOf(kind, settings) }) };
    });
    this.bribes = new Bribes(config);
    this.#waiting = chanceOf(seed, "items")
      .shuffle(tasks.items.map((_, item) => item))
      .reverse();
    this.#canaries = chanceOf(seed, "canaries");
    this.#asking = Math.min(config.epochs, Math.ceil(tasks.items.length / config.questionsPerEpoch));
    // Enrolled before anything else, so that agents are numbered as people are.
    people.forEach((person, agent) => this.#admit(agent, person));
    this.crowd = new Crowd(this.players, seed);
  }

  async play(): Promise<SimulationResult> {
    await this.engine.enrol(this.#people.map(({ stake }) => ({ stake })));
    this.#count("join", this.#people.length);
    const { onProgress, signal } = this.#hooks;
    const last = this.#asking + this.config.rules.maxRounds * EPOCHS_PER_ROUND;
    while (signal?.aborted !== true) {
      await this.#epoch();
      const epoch = this.engine.epoch();
      this.complete = epoch >= this.#asking && this.#open.size === 0;
      onProgress?.({ part: this.complete ? 1 : Math.min(1, epoch / (last + 1)), epoch });
      if (this.complete) break;
    }
    if (this.complete) {
      const events = await this.engine.settleAll(this.players.map(({ agent }) => agent));
      this.#count("settle", events.settled.length);
      this.#note(events);
      await this.#requireConserved();
    }
    return resultOf(this);
  }

  /** Agents at the start; whoever comes back is one more. */
  get started(): number {
    return this.#people.length;
  }

  async #epoch(): Promise<void> {
    const begun = await this.engine.advance(this.#grind());
    this.#count("roll", 1);
    this.#note(begun);
    await this.#finalize(begun);
    const committees = await this.engine.committees();
    const { beats, sealed } = this.#beats(committees);
    const busy = new Set([...sealed.keys(), ...this.#sealed.keys()]);
    for (const { agent, reveal } of beats) if (!reveal) busy.delete(agent);
    this.#count("beat", busy.size);
    this.#note(await this.engine.beat(beats));
    this.#sealed = sealed;
    await this.#takeFurther();
    const epoch = this.engine.epoch();
    const asked = epoch <= this.#asking ? await this.#ask(epoch) : 0;
    if (epoch < this.#asking) await this.#move(epoch);
    await this.#look();
    this.epochs.push({
      ...{ epoch, asked, final: begun.finalized.length, kinds: this.#kinds() },
      ...{ votes: this.#votes, seats: this.#seats },
    });
  }

  /** The first group that chooses seeds does. */
  #grind(): { agents: AgentIndex[]; tries: number } | undefined {
    const group = this.gangs.findIndex(({ plays }) => (plays.grinds ?? 1) > 1);
    if (group < 0) return undefined;
    const members = this.players.filter(({ person, gone }) => person.group === group && !gone);
    return { agents: members.map(({ agent }) => agent), tries: this.gangs[group]?.plays.grinds ?? 1 };
  }

  async #finalize({ finalized }: Events): Promise<void> {
    const verdicts = await this.engine.verdicts(finalized);
    const { rules } = this.config;
    for (const [i, index] of finalized.entries()) {
      const question = this.#open.get(index) as Question;
      const verdict = verdicts[i] as VerdictView;
      this.#open.delete(index);
      question.final = verdict;
      const verdictIs = (outcome: number) => verdict.status === "resolved" && outcome === verdict.outcome;
      for (const [agent, votes] of question.votes) {
        this.#player(agent).coherent += votes.filter(({ outcome }) => verdictIs(outcome)).length;
      }
      this.bribes.pay(question, verdict, this.#world.counts);
      if (verdict.status === "resolved") this.#world.lastOutcome = verdict.outcome;
      if (!question.reclaimable) continue;
      await this.engine.reclaim(index);
      this.#count("reclaim", 1);
    }
    this.#count("finalize", finalized.length);
    if (finalized.length > 0 && !rules.openAnswers) this.#world.counts = (await this.engine.statistics()).counts;
  }

  #beats(committees: readonly Committee[]): { beats: Beat[]; sealed: Map<AgentIndex, CastVote[]> } {
    const hidden = new Set(this.players.filter((player) => this.#hides(player)).map(({ agent }) => agent));
    const sealed = new Map<AgentIndex, CastVote[]>();
    for (const { question: index, members } of committees) {
      const question = this.#open.get(index) as Question;
      const said = this.#ballotOf(question);
      for (const { agent, seats } of members) {
        const player = this.#player(agent);
        player.seats += seats;
        this.#seats += seats;
        const outcome = hidden.has(agent) ? null : this.#bribed(question, player, seats, said(player));
        if (outcome === null) continue;
        const own = sealed.get(agent) ?? [];
        sealed.set(agent, own);
        own.push({ question, outcome, seats });
      }
    }
    const beat = ({ agent }: Player): Beat => ({
      agent,
      reveal: !hidden.has(agent),
      votes: (sealed.get(agent) ?? []).map(({ question, outcome }) => ({ question: question.index, outcome })),
    });
    // A sampled engine lets the others reveal and settle by themselves.
    const all = this.config.engine !== "sampled";
    const beats = this.players.filter(({ agent }) => all || sealed.has(agent) || hidden.has(agent)).map(beat);
    return { beats, sealed };
  }

  #hides(player: Player): boolean {
    const ballot = this.#sealed.get(player.agent);
    if (ballot === undefined || player.plays.reveals === undefined) return false;
    const open = ballot.map(({ question, outcome, seats }) => ({
      ...{ outcome, seats },
      others: question.leadingWithout(player.agent, this.#sealed),
    }));
    return !player.plays.reveals({ agent: player.agent, worker: player.person.worker }, open);
  }

  /** What each says to a question in the round that is voted now; the crowd's answers are kept. */
  #ballotOf(question: Question): (player: Player) => number | null {
    const { item, group, dealt } = question.asking;
    if (item === null) return ({ person }) => (person.group === group ? dealt : null);
    const posed = this.#posed(question, item);
    const answers = this.tasks.answers[item];
    const say = ({ agent, person: { worker }, plays }: Player) => {
      const own = answers?.get(worker);
      return own === undefined ? null : plays.vote({ agent, worker }, posed, own);
    };
    if (question.round > 1) return say;
    question.target = this.#targetOf(posed);
    const said = new Map<Player, number | null>();
    const { truth } = this.tasks.items[item] as TaskItem;
    question.voices = this.crowd.players.flatMap((player, voter) => {
      const outcome = player.gone ? null : say(player);
      said.set(player, outcome);
      if (outcome === null) return [];
      if (truth !== null) player.known++;
      if (outcome === truth) player.right++;
      return [{ voter, outcome }];
    });
    return (player) => (said.has(player) ? (said.get(player) as number | null) : say(player));
  }

  #posed({ round, leading, asking: { progress } }: Question, item: number): Posed {
    return { item, round, leading, progress };
  }

  #targetOf(posed: Posed): number | null {
    for (const { plays } of this.gangs) {
      const target = plays.target?.(posed) ?? null;
      if (target !== null) return target;
    }
    return null;
  }

  /** What a voter that takes offers votes where there is one. */
  #bribed(question: Question, player: Player, seats: number, own: number | null): number | null {
    const { item } = question.asking;
    if (own === null || item === null) return own;
    for (const group of player.takesFrom) {
      const offered = this.gangs[group]?.plays.offers?.(this.#posed(question, item)) ?? null;
      if (offered === null || offered === own) continue;
      question.bought.push({ group, offered, seats });
      return offered;
    }
    return own;
  }

  /** Opens canaries, appeals, spends budgets: of the questions whose round was revealed in the last epoch. */
  async #takeFurther(): Promise<void> {
    const epoch = this.engine.epoch();
    const due = [...this.#open.values()].filter(({ votedIn }) => votedIn === epoch - 2);
    const verdicts = await this.engine.verdicts(due.map(({ index }) => index));
    for (const [i, question] of due.entries()) {
      const { status, outcome, supportBps } = verdicts[i] as VerdictView;
      const { index, round, lastRound, asking } = question;
      question.leading = outcome;
      const decisive = status === "provisional" ? outcome : null;
      if (round === 1 && asking.canary !== undefined) {
        await this.engine.openCanary(index);
        this.#count("openCanary", 1);
        if (decisive !== null && decisive !== asking.canary && !lastRound) {
          question.goOn(epoch, decisive);
          continue;
        }
      }
      if (lastRound) continue;
      if (decisive === null) {
        if (!question.prepaid) continue;
        await this.engine.spendBudget(index);
        this.#count("spendBudget", 1);
        question.goOn(epoch, null);
      } else if (asking.item !== null) {
        const verdict = { item: asking.item, round, outcome: decisive, supportBps };
        const group = this.gangs.findIndex(({ plays }) => plays.appeals?.(verdict) === true);
        if (group < 0) continue;
        await this.engine.appeal(index, group + 1);
        this.#count("appeal", 1);
        question.goOn(epoch, decisive);
      }
    }
  }

  /** @returns how many items were asked */
  async #ask(epoch: number): Promise<number> {
    const progress = (epoch - 1) / this.#asking;
    const items = this.#waiting.splice(-this.config.questionsPerEpoch).reverse();
    const askings = items.map((item): Asking => {
      const { truth } = this.tasks.items[item] as TaskItem;
      // Drawn for every item, so that the same ones are canaries whatever groups plant.
      const drawn = this.#canaries.holds(this.config.canaries) && truth !== null;
      const group = this.gangs.findIndex(({ plays }) => plays.plants?.(item) !== undefined);
      const planted = this.gangs[group]?.plays.plants?.(item);
      return {
        ...{ item, dealt: null, budget: this.config.budgetRounds, progress },
        ...(planted === undefined ? { group: null, canary: drawn ? truth : undefined } : { group, canary: planted }),
      };
    });
    this.gangs.forEach(({ plays }, group) => {
      for (const { outcome, canary } of plays.deals?.(epoch) ?? []) {
        // Few of the seats are its own: it takes more rounds to a quorum, whose fees come back to it.
        const budget = this.config.rules.maxRounds - 1;
        askings.push({ item: null, group, dealt: outcome, canary: canary ? outcome : undefined, budget, progress });
      }
    });
    const asked = askings.map(({ group, budget, canary }): Asked => ({
      ...{ purse: group === null ? 0 : group + 1, budgetRounds: budget },
      ...(canary === undefined ? {} : { canary: { answer: canary } }),
    }));
    const indices = await this.engine.ask(asked);
    this.#count("ask", indices.length);
    indices.forEach((index, i) => {
      const question = new Question(index, askings[i] as Asking, epoch, this.config.rules);
      this.#open.set(index, question);
      this.questions.push(question);
    });
    return items.length;
  }

  /** Who leaves, and who comes back. */
  async #move(epoch: number): Promise<void> {
    const leavers = this.players.flatMap((player) => {
      const { gone, plays, agent, person } = player;
      const departure = gone ? null : (plays.departs?.({ agent, worker: person.worker }) ?? null);
      return departure === null ? [] : [{ player, pause: departure.pause }];
    });
    if (leavers.length > 0) {
      const agents = leavers.map(({ player }) => player.agent);
      const views = await this.engine.agents(agents);
      await this.engine.leave(agents);
      this.#count("leave", leavers.length);
      leavers.forEach(({ player, pause }, i) => {
        player.gone = true;
        const balance = views[i]?.balance ?? 0n;
        this.#returning.push({ epoch: epoch + pause, person: player.person, stake: balance - (balance % UNIT) });
      });
    }
    const back = this.#returning.filter((returning) => returning.epoch <= epoch && returning.stake >= UNIT);
    if (back.length === 0) return;
    this.#returning = this.#returning.filter((returning) => returning.epoch > epoch);
    const agents = await this.engine.enrol(back.map(({ stake }) => ({ stake })));
    this.#count("join", back.length);
    back.forEach(({ person, stake }, i) => {
      this.crowd.add(this.#admit(agents[i] as AgentIndex, { ...person, name: `${person.name} again`, stake }));
    });
  }

  #admit(agent: AgentIndex, person: Person): Player {
    const plays = person.group === null ? this.#honest : (this.gangs[person.group] as Gang).plays;
    const player = new Player(agent, person, plays, this.bribes.takenBy(person));
    this.players.push(player);
    return player;
  }

  /** What everybody's seats weigh now. */
  async #look(): Promise<void> {
    const views = await this.engine.agents(this.players.map(({ agent }) => agent));
    views.forEach(({ weight }, i) => ((this.players[i] as Player).weight = weight / 256));
  }

  #kinds(): EpochResult["kinds"] {
    const fee = Number(this.config.rules.seatFee);
    return [...Map.groupBy(this.players, ({ person }) => person.strategy)].map(([strategy, members]) => {
      const staying = members.filter(({ gone }) => !gone);
      const stakes = staying.reduce((total, { person }) => total + Number(person.stake), 0);
      const weights = staying.reduce((total, { person, weight }) => total + weight * Number(person.stake), 0);
      const net = members.reduce((total, { gain, loss }) => total + Number(gain - loss), 0);
      return { strategy, weight: stakes === 0 ? 0 : weights / stakes, net: net / fee / members.length };
    });
  }

  #note({ settled, forfeited, revealed, dropped }: Events): void {
    for (const { agent, gain, loss } of settled) {
      const player = this.#player(agent);
      player.gain += gain;
      player.loss += loss;
    }
    for (const { agent, exposure } of forfeited) {
      const player = this.#player(agent);
      player.forfeits++;
      player.loss += exposure;
    }
    for (const { question, agent, outcome, seats } of revealed) {
      this.#player(agent).votes++;
      this.#votes++;
      this.#open.get(question)?.count(agent, outcome, seats);
    }
    this.#count("forfeit", forfeited.length);
    this.dropped += dropped;
  }

  #count(kind: string, count: number): void {
    this.transactions[kind] = (this.transactions[kind] ?? 0) + count;
  }

  #player(agent: AgentIndex): Player {
    return this.players[agent] as Player;
  }

  /** Deposits and what purses paid are with the agents, the sink and keepers. */
  async #requireConserved(): Promise<void> {
    const { purses, sink, keeper } = await this.engine.books();
    const views = await this.engine.agents(this.players.map(({ agent }) => agent));
    const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);
    const paidIn = sum(this.players.map(({ person }) => person.stake)) + sum(purses);
    const there = sum(views.map(({ balance }) => balance)) + sink + keeper;
    if (paidIn === there) return;
    throw new SimulatorError("NOT_CONSERVED", `${paidIn} wei were paid in, ${there} wei are there`);
  }
}
