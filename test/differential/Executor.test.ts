import {
  EVIDENCE_CAP,
  MAX_VERDICTS,
  encodeBeat,
  encodeOpen,
  encodeSnapshots,
  type Hex,
  MAX_ALLOCATION,
} from "@assay/protocol";
import { expect } from "chai";
import { concat, dataLength, dataSlice, toBeHex, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";
import { word } from "../../scripts/dev/proofs/term.ts";
import { type Answer, compare, rows } from "./utils/compare.ts";
import { leftAligned, orRevert, place, Run } from "./utils/executor.ts";
import { openQuestion, tally } from "./utils/questions.ts";
import type { Random } from "./utils/random.ts";

const { ethers } = await network.create();

const VERDICT = ["decisive", "outcome", "seats", "weight", "leadingSeats", "leadingWeight", "supportBps", "riskSeats"];
const HEADER = ["rounds", "canary", "budget", "offered", "offeredNow", "epoch"];
const TERMS = "status rounds outcome budget supportBps evidence riskSeats loss gain refundable".split(" ");

const bool = (value: boolean) => (value ? 1n : 0n);

/** Numbers from `from` on, as large as a rule is made for, or any that do not make it revert. */
const below = (random: Random, bits: number, from = 0n) => random.edgyBig(from, (1n << BigInt(bits)) - 1n);

/** A tally in storage, with the question's first word. */
function stored(run: Run, seats: readonly number[], weights: readonly number[]): bigint {
  const words = [0n, 0n, 0n, 0n];
  for (const [o, n] of seats.entries()) {
    const [at, shift] = o < 3 ? [0, 81 + 44 * o] : [1 + Math.floor((o - 3) / 5), 44 * ((o - 3) % 5)];
    words[at] = (words[at] ?? 0n) | ((BigInt(n) | (BigInt(weights[o] ?? 0) << 16n)) << BigInt(shift));
  }
  for (const [n, value] of words.slice(1).entries()) run.store(`slots.more[${n}]`, value);
  return words[0] ?? 0n;
}

function settling(random: Random) {
  const rounds = random.int(1, 4);
  const seatFee = random.edgyBig(1n, 1n << 79n);
  return {
    tally: tally(random),
    rules: {
      firstRoundSeats: random.edgy(3, 255),
      supermajorityBps: random.edgy(5_001, 10_000),
      lastRound: random.bool(),
    },
    inputs: {
      seatFee,
      seatBond: seatFee * BigInt(random.edgy(8, 64)),
      burnBps: random.edgy(1_000, 5_000),
      rounds,
      budget: random.edgy(0, 4_095),
      rarity: random.edgy(64, 1_024),
      canaryConfirmed: random.bool(),
      appeals: random.array(rounds - 1, () =>
        random.oneIn(4)
          ? { appellant: ZeroAddress, against: 0 }
          : { appellant: toBeHex(random.edgyBig(1n, 5n), 20), against: random.int(0, 4) },
      ),
    },
  };
}

describe("The executor of the proofs, against the compiler", function () {
  it("should draw, offer and count seats alike", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("executor: seats", {
      input: (random) => ({
        offered: below(random, 13),
        stake: below(random, 44),
        total: below(random, 44),
        seed: random.hex(32),
        questionId: random.hex(24),
        agentId: below(random, 256),
        secret: random.hex(32),
      }),
      solidity: (inputs) => harness.seats([...inputs]),
      twin: ({ offered, stake, total, seed, questionId, agentId, secret }) => {
        const run = new Run();
        const ticket = run.struct("Sortition.Ticket", { seed, questionId: leftAligned(questionId), agentId, secret });
        return run.number("Sortition.seats", offered, stake, total, ticket);
      },
    });
    await compare<[bigint, bigint]>("executor: offered seats", {
      input: (random) => [below(random, 11), below(random, 16)],
      solidity: (inputs) => harness.offeredSeats([...inputs]),
      twin: (input) => new Run().number("Sortition.offeredSeats", ...input),
    });
    await compare("executor: participation", {
      input: (random) => ({
        participation: below(random, 16),
        revealed: below(random, 20),
        offered: below(random, 14),
      }),
      solidity: (inputs) => harness.updateParticipation([...inputs]),
      twin: ({ participation, revealed, offered }) =>
        new Run().number("Sortition.updateParticipation", participation, revealed, offered),
    });
    await compare<[bigint, bigint]>("executor: seats of rounds", {
      input: (random) => [below(random, 8), BigInt(random.int(1, 4))],
      solidity: (inputs) => harness.roundSeats([...inputs]),
      twin: (input) => ["seatsOfRound", "seatsAsked"].map((name) => new Run().number(`Sortition.${name}`, ...input)),
    });
  });

  it("should decide and settle alike", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    const reached = new Set<bigint>();
    await compare("executor: settlement", {
      input: settling,
      solidity: async (all) => {
        const settled = await harness.settle.staticCall(
          all.map(({ tally: t, rules, inputs }) => ({
            tally: { seats: [...t.seats], weights: [...t.weights] },
            rules,
            inputs: { ...inputs, firstRoundSeats: rules.firstRoundSeats },
          })),
        );
        return settled.map(({ verdict: v, terms: t, payouts }): Answer => {
          reached.add(t.status);
          const verdict = [v.outcome, v.seats, v.weight, v.leadingSeats, v.leadingWeight, v.supportBps, v.riskSeats];
          const terms = [
            t.status,
            t.rounds,
            t.outcome,
            t.budget,
            t.supportBps,
            t.evidence,
            t.riskSeats,
            t.loss,
            t.gain,
          ];
          return [
            [bool(v.decisive), ...verdict],
            [...terms, bool(t.refundable)],
            [...payouts.appellants],
            payouts.toSink,
          ];
        });
      },
      twin: ({ tally: t, rules, inputs }) => {
        const run = new Run();
        const head = stored(run, t.seats, t.weights);
        const { firstRoundSeats, supermajorityBps, lastRound } = rules;
        const outcomes = t.seats.length;
        const v = run.call(
          "Verdicts.verdict",
          ...[place("slots"), head, outcomes, firstRoundSeats, supermajorityBps, lastRound],
        );
        const { seatFee, seatBond, burnBps, rounds, budget, rarity, canaryConfirmed } = inputs;
        const fees = seatFee | (seatBond << 80n);
        const c = run.struct("Settlement.Case", {
          head: (rounds << 2) | (budget << 10),
          domain: fees | (BigInt(burnBps) << 184n) | (BigInt(firstRoundSeats) << 216n),
          rounds,
          rarity,
          canaryConfirmed,
          appeals: run.array(inputs.appeals.map((appeal) => run.struct("Settlement.Appeal", appeal))),
        });
        const terms = run.call("Questions.terms", run.call("Settlement.terms", c, v));
        const [appellants = 0n, toSink = 0n] = run.members("Settlement.Case", c, ["toAppellants", "toSink"]);
        return [
          run.members("Verdicts.Verdict", v, VERDICT),
          run.members("Questions.Terms", terms, TERMS),
          run.elements(appellants),
          toSink,
        ];
      },
      batch: 50,
    });
    expect(reached.size).to.equal(2);
    await compare("executor: losses", {
      input: (random) => {
        const weight = below(random, 32, 1n);
        return {
          seatBond: below(random, 86),
          leadingWeight: random.edgyBig(0n, weight),
          weight,
          rarity: below(random, 11),
        };
      },
      solidity: (inputs) => harness.losses([...inputs]),
      twin: ({ seatBond, leadingWeight, weight, rarity }) =>
        new Run().number("Settlement.lossPerSeat", seatBond, leadingWeight, weight, rarity),
    });
    await compare("executor: burns", {
      input: (random) => ({
        amount: below(random, 256),
        burnBps: random.edgy(0, 10_000),
        keeper: toBeHex(random.int(0, 2), 20),
        owner: toBeHex(random.int(1, 2), 20),
      }),
      solidity: (inputs) => harness.burns([...inputs]),
      // Products wrap here, as they do in the contract.
      twin: ({ amount, burnBps, keeper, owner }) => [
        new Run().number("Settlement.burnOf", amount, burnBps),
        new Run().number("Settlement.keeperShare", amount, keeper, owner),
      ],
    });
  });

  it("should read and write a question's words alike", async function () {
    const harness = await ethers.deployContract("QuestionsHarness");
    await compare("executor: open words", {
      input: (random) => openQuestion(random),
      solidity: async (inputs) => {
        const words = inputs.map((q) => ({ ...encodeOpen(q), outcomes: q.tally.seats.length }));
        const { headers, heads, tallies } = await harness.open.staticCall(
          words.map(({ head, more, outcomes }) => ({ head, more: [...more], outcomes })),
        );
        return headers.map((h, i) => [
          [h.rounds, h.canary, h.budget, h.offered, h.offeredNow, h.epoch],
          heads[i] as bigint,
          [...(tallies[i]?.seats ?? [])],
          [...(tallies[i]?.weights ?? [])],
        ]);
      },
      twin: (question) => {
        const run = new Run();
        const { head, more } = encodeOpen(question);
        for (const [n, value] of more.entries()) run.store(`slots.more[${n}]`, value);
        const header = run.call("Questions.header", head);
        const read = run.call("Questions.tally", place("slots"), head, question.tally.seats.length);
        const [seats = 0n, weights = 0n] = run.members("Questions.Tally", read, ["seats", "weights"]);
        return [
          run.members("Questions.Header", header, HEADER),
          run.number("Questions.withHeader", head, header),
          run.elements(seats),
          run.elements(weights),
        ];
      },
      batch: 100,
    });
    await compare("executor: terms", {
      input: (random) => below(random, 256),
      solidity: async (inputs) => {
        const terms = await harness.decodeTerms([...inputs]);
        return terms.map((t) => TERMS.map((name) => BigInt(t[name as "loss"])));
      },
      twin: (input) => {
        const run = new Run();
        return run.members("Questions.Terms", run.call("Questions.terms", input), TERMS);
      },
    });
  });

  it("should weigh, update and count alike", async function () {
    const harness = await ethers.deployContract("TrustHarness");
    const evidence = (random: Random) => ({
      alpha: below(random, 16, 16n),
      beta: below(random, 16, 16n),
      verdicts: below(random, 12),
    });
    const triple = (e: { alpha: bigint; beta: bigint; verdicts: bigint }) => [e.alpha, e.beta, e.verdicts];
    await compare("executor: weights", {
      input: evidence,
      solidity: (inputs) => harness.weights([...inputs]),
      twin: (e) => new Run().number("Trust.weight", e.alpha, e.beta, e.verdicts),
    });
    await compare("executor: updates", {
      input: (random) => ({ evidence: evidence(random), agree: random.bool(), quantity: random.edgy(1, 8_192) }),
      solidity: async (inputs) => (await harness.update([...inputs])).map(triple),
      twin: ({ evidence: e, agree, quantity }) => {
        const added = [
          agree ? e.alpha + BigInt(quantity) : e.alpha,
          agree ? e.beta : e.beta + BigInt(quantity),
        ] as const;
        const full = added[0] + added[1] > EVIDENCE_CAP;
        const sides = full ? new Run().numbers("Trust.forget", ...added) : added;
        return [...sides, e.verdicts < MAX_VERDICTS ? e.verdicts + 1n : e.verdicts];
      },
    });
    await compare("executor: counts", {
      input: (random) => {
        const outcomes = random.int(2, 16);
        const counts = random.array(outcomes, () => random.edgyBig(16n, 131_072n / BigInt(outcomes) - 1n));
        return { counts, outcome: random.int(0, outcomes - 1) };
      },
      solidity: async (inputs) => {
        const { g, counts } = await harness.count.staticCall([...inputs]);
        return rows(g, counts).map(([rarity, after]) => [rarity, [...after]]);
      },
      twin: ({ counts, outcome }) => {
        const run = new Run();
        const pack = (some: readonly bigint[]) => some.reduce((sum, count, i) => sum | (count << BigInt(16 * i)), 0n);
        run.store("self.head", pack(counts.slice(0, 8)));
        run.store("self.tail", pack(counts.slice(8)));
        const g = run.number("Statistics.record", place("self"), counts.length, outcome, 0, 0);
        const [after = 0n] = run.numbers("Statistics.load", place("self"), counts.length);
        return [g, run.elements(after)];
      },
      batch: 50,
    });
  });

  it("should read and write standings and allocations alike", async function () {
    const [trust, rules] = [await ethers.deployContract("TrustHarness"), await ethers.deployContract("RulesHarness")];
    await compare("executor: evidence", {
      input: (random) => ({
        word: random.oneIn(8) ? random.uint(240) : random.uint(256),
        generation: below(random, 12),
      }),
      solidity: async (inputs) =>
        (await trust.evidence([...inputs])).map(({ alpha, beta, verdicts }) => [alpha, beta, verdicts]),
      twin: (input) => new Run().numbers("Standings.evidence", input.word, input.generation),
    });
    const slot = (random: Random) => {
      const values = random.array(4, () => random.edgyBig(0n, MAX_ALLOCATION)) as [bigint, bigint, bigint, bigint];
      const base = random.edgy(0, 2 ** 24 - 1);
      const epoch = Math.min(2 ** 24 - 1, Math.max(0, base + random.int(-3, 8)));
      return { word: (random.uint(56) << 200n) | encodeSnapshots({ base, values }), epoch };
    };
    await compare("executor: allocations", {
      input: (random) => ({ ...slot(random), value: random.edgyBig(0n, MAX_ALLOCATION) }),
      solidity: async (inputs) => {
        const read = await rules.allocations(inputs.map(({ word: w, epoch }) => ({ word: w, epoch })));
        return rows([...read], [...(await rules.writeAllocations([...inputs]))]).map(([r, w]) => [[...r], w]);
      },
      twin: ({ word: w, epoch, value }) => [
        [new Run().number("Snapshots.valueAt", w, epoch), new Run().number("Snapshots.latest", w)],
        new Run().number("Snapshots.withValue", w, epoch, value),
      ],
    });
  });

  it("should hash chains alike", async function () {
    const harness = await ethers.deployContract("RulesHarness");
    await compare("executor: chains", {
      input: (random) => ({ secret: random.hex(32), steps: random.edgy(0, 40) }),
      solidity: (inputs) =>
        harness.forward(
          inputs.map(({ secret }) => secret),
          inputs.map(({ steps }) => steps),
        ),
      twin: ({ secret, steps }) => toBeHex(new Run().number("SecretChain.forward", secret, steps), 32),
    });
  });

  it("should take beats apart alike, and refuse the same", async function () {
    const harness = await ethers.deployContract("BeatsHarness");
    await compare<Hex>("executor: beats", {
      input: (random) => {
        const bytes = () => (random.bool() ? "0x" : random.hex(random.int(0, 90)));
        const hash = () => (random.bool() ? ZeroHash : random.hex(32)) as Hex;
        const stake = () => ({ exposure: random.uint(128), backing: random.uint(48) });
        const packed = encodeBeat({
          agentId: random.uint(256),
          settleEpoch: random.edgy(0, 2 ** 32 - 1),
          receipts: bytes(),
          previous: { tip: hash(), commitment: hash(), ...stake() },
          secret: hash(),
          ballot: bytes(),
          commitEpoch: random.edgy(0, 2 ** 32 - 1),
          commitment: hash(),
          ...stake(),
        });
        const size = dataLength(packed);
        if (random.oneIn(4)) return dataSlice(packed, 0, random.int(0, size)) as Hex;
        if (random.oneIn(4)) return concat([random.hex(1), dataSlice(packed, 1)]) as Hex;
        return packed;
      },
      solidity: async (inputs) => {
        const results = await harness.unpackAll([...inputs]);
        return results.map(({ reason, unpacked: u }): Answer => {
          if (reason !== "0x") return null;
          const { tip, commitment, exposure, backing } = u.previous;
          const own = [u.settleEpoch, u.commitEpoch, BigInt(u.secret), BigInt(u.commitment), u.exposure, u.backing];
          return [u.agentId, ...own, BigInt(tip), BigInt(commitment), exposure, backing, u.receipts, u.ballot];
        });
      },
      twin: (packed) => orRevert(() => unpack(packed)),
      batch: 100,
    });
  });
});

/** Takes a packed beat apart in the executor. */
function unpack(packed: Hex): Answer {
  const run = new Run();
  run.executor.calldata = Buffer.from(packed.slice(2), "hex");
  const at = run.call("Beats.unpack", { kind: "slice", start: word(0), length: word(dataLength(packed)) });
  const own = "agentId settleEpoch commitEpoch secret commitment exposure backing previous".split(" ");
  const values = run.members("Beats.Parts", at, own);
  const link = run.members("IConsensus.Link", word(values.pop() ?? 0n), ["tip", "commitment", "exposure", "backing"]);
  const bytes = ["receipts", "ballot"].map((name) => {
    const [start = 0n, length = 0n] = run.members("Beats.Parts", at, [`${name}At`, `${name}Length`]);
    return length === 0n ? "0x" : dataSlice(packed, Number(start), Number(start + length));
  });
  return [...values, ...link, ...bytes];
}
