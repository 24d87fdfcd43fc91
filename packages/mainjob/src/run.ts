import { Asker } from "./asker.ts";
import { auditLedger, readVault, type VaultBalance } from "./books.ts";
import { startChain } from "./chain.ts";
import { planQuestions } from "./claims.ts";
import { type Domain, loadDomains, PARAMETERS, TOKEN } from "./domains.ts";
import { History } from "./history.ts";
import { Ledger } from "./ledger.ts";
import type { Options } from "./options.ts";
import { createPopulation, type Member } from "./population.ts";
import type { Progress } from "./progress.ts";
import { createDomains, mined, register, type Registered } from "./roster.ts";
import { clearSpares } from "./spares.ts";
import { BOND, type CourtCase, Trouble } from "./trouble.ts";

/** Everything that a run leaves behind, before it is summed up. */
export interface Outcome {
  readonly options: Options;
  readonly domains: readonly Domain[];
  readonly roster: readonly Registered[];
  readonly ledger: Ledger;
  readonly history: History;
  readonly asker: Asker;
  readonly vault: VaultBalance;
  readonly cases: readonly CourtCase[];
  readonly appeals: number;
  /** The agent that forgot to reveal. */
  readonly forgetful: Registered;
  readonly firstEpoch: number;
  readonly lastEpoch: number;
}

/** A verdict with less support than this is appealed, at most one an epoch. */
const APPEAL_BELOW_BPS = 7_500;

/** Runs the whole job on a new chain. */
export async function run(options: Options, progress: Progress): Promise<Outcome> {
  const { seed } = options;
  progress.step("loading the claims and training the models");
  const domains = await loadDomains(options);
  const members = await createPopulation(domains, options);

  progress.step("starting a local chain and deploying the protocol");
  const chain = await startChain(seed);
  try {
    const { contracts } = chain;
    const ledger = new Ledger(contracts);
    const names = ["asker", "appellant", "asserter", "disputer", "challenger", "signer"] as const;
    const wallets = [];
    for (const name of names) wallets.push(await chain.account(name));
    const [askerWallet, appellant, asserter, disputer, challenger, signer] = wallets as [
      Asker["wallet"],
      Asker["wallet"],
      Asker["wallet"],
      Asker["wallet"],
      Asker["wallet"],
      Asker["wallet"],
    ];
    // What the asker may have to put down at once: every question's fees, all further rounds and a deposit.
    const perQuestion = BigInt(askedSeatsOfAllRounds() + 3 * PARAMETERS.seats) * PARAMETERS.seatFee;
    await chain.provide([
      { wallet: askerWallet, amount: perQuestion * BigInt(options.claims) },
      { wallet: appellant, amount: perQuestion * BigInt(options.epochs) },
      ...[asserter, disputer, challenger].map((wallet) => ({ wallet, amount: 2n * BOND + 100n * TOKEN })),
    ]);
    await createDomains(chain, askerWallet, domains);

    progress.step(`registering ${members.length} agents`);
    const author = authorOf(members);

    const roster = await register(chain, members, new Map([[author, BOND]]), ledger, seed);
    const authorAgent = roster.find(({ member }) => member === author) as Registered;
    const forgetful = roster.find(({ member }) => member.role === "honest" && member !== author) as Registered;
    const trouble = new Trouble(chain, ledger, seed);
    await trouble.preparePledge(authorAgent, signer);

    const asker = new Asker(chain, askerWallet, ledger, seed);
    const history = new History(roster, ledger);
    const plan = planQuestions(domains, options);
    const [, language] = domains as [Domain, Domain];
    const forgetAt = Math.floor(options.epochs / 3) + 2;
    const courtAt = Math.floor(options.epochs / 2);

    await chain.nextEpoch();
    for (const { life } of roster) await life.begin();
    let epoch = await chain.nextEpoch();
    const firstEpoch = epoch;
    const unsettled = () => [...ledger.questions.values()].some(({ voteEpoch }) => voteEpoch + 3 > epoch);
    for (let turn = 0; turn < plan.length || unsettled(); turn++) {
      if (turn > 0) epoch = await chain.nextEpoch();
      ledger.beginEpoch(epoch);
      for (const agent of roster) if (turn !== forgetAt || agent !== forgetful) await agent.life.take();
      for (const question of plan[turn] ?? []) await asker.ask(question);
      if (turn === courtAt) {
        await trouble.falseAssertion(asserter, disputer, language, clearSpares(language, members)[0]);
        await trouble.falseStatement(
          authorAgent,
          signer,
          challenger,
          author.domain,
          clearSpares(author.domain, members)[1],
        );
      }
      const voted = [...ledger.questions.values()].filter(({ voteEpoch }) => voteEpoch === epoch - 2);
      await asker.openCanaries(voted);
      await asker.spendBudgets(voted, epoch);
      await trouble.pressCases(epoch);
      // At least one appeal, of whatever verdict is narrowest.
      const belowBps = turn > courtAt && trouble.appeals === 0 ? 10_001 : APPEAL_BELOW_BPS;
      await trouble.appealNarrowest(appellant, voted, epoch, belowBps);
      history.record(epoch);
      progress.epoch({ turn, of: plan.length, epoch, ledger });
    }

    progress.step("settling everything that is left");
    const { consensus } = contracts;
    for (const question of ledger.questions.values()) {
      if (question.final !== null) continue;
      ledger.enter(await mined(consensus.connect(askerWallet).finalize(question.id)), "finalize");
    }
    epoch = await chain.nextEpoch();
    ledger.beginEpoch(epoch);
    for (const { life } of roster) await life.take();
    for (const { life } of roster) await life.end();
    await asker.reclaim();
    const cases = await trouble.resolveAll();
    if ((await consensus.unsweptDue()) > 0n) {
      ledger.enter(await mined(consensus.connect(askerWallet).sweep()), "collect");
    }
    history.record(epoch);

    await auditLedger(chain, roster, ledger);
    const accounts = [...wallets, ...roster.map(({ wallet }) => wallet)].map(({ address }) => address);
    const vault = await readVault(chain, roster, accounts);
    return {
      options,
      domains,
      roster,
      ledger,
      history,
      asker,
      vault,
      cases,
      appeals: trouble.appeals,
      forgetful,
      firstEpoch,
      lastEpoch: epoch,
    };
  } finally {
    await chain.close();
  }
}

/** Who signs a false statement: an adversary if there is one. */
function authorOf(members: readonly Member[]): Member {
  const author = members.find(({ role }) => role !== "honest") ?? members[0];
  if (author === undefined) throw new Error("there are no agents");
  return author;
}

function askedSeatsOfAllRounds(): number {
  const { seats, maxRounds } = PARAMETERS;
  return (2 ** maxRounds - 1) * seats + 2 ** maxRounds - 1 - maxRounds;
}
