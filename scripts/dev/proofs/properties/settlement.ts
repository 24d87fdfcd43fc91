import type { Property, Scene } from "../property.ts";
import {
  add,
  all,
  and,
  any,
  div,
  eq,
  implies,
  le,
  lt,
  mul,
  negate,
  or,
  shl,
  sub,
  type Truth,
  within,
  type Word,
  word,
  ZERO,
} from "../term.ts";
import {
  BPS,
  MAX_BOND,
  MAX_BURN_BPS,
  MAX_EVIDENCE,
  MAX_FEE,
  MAX_GAIN,
  MAX_OUTCOMES,
  MAX_SEATS,
  MAX_TALLY_SEATS,
  MAX_TALLY_WEIGHT,
  MAX_WORD,
  MIN_BURN_BPS,
  MIN_SEATS,
  RARITY_MAX,
  RARITY_MIN,
  ROUNDS,
} from "./bounds.ts";

const MAX_ADDRESS = (1n << 160n) - 1n;
const NO_OUTCOME = 31;
const MAX_AMOUNT = (1n << 128n) - 1n;

const burnBps = (x: Scene) => x.word("burnBps", MIN_BURN_BPS, MAX_BURN_BPS);

/** A question whose appeals may have been for or against any outcome. */
interface Question {
  readonly case: Word;
  readonly verdict: Word;
  readonly fees: Word;
  readonly burnBps: Word;
  readonly seatBond: Word;
  /** Of each further round: whether somebody paid for it, and how much. */
  readonly appeals: readonly { readonly paid: Truth; readonly fee: Word }[];
  readonly seats: Word;
  readonly leadingSeats: Word;
}

/** What `Finality.finalize` puts together, and a verdict as `Verdicts.verdict` makes it. */
function question(x: Scene, rounds: number, decisive: boolean, voted: boolean): Question {
  const seatFee = x.word("seatFee", 1, MAX_FEE);
  const seatBond = x.word("seatBond", 8, MAX_BOND);
  const k = x.word("k", MIN_SEATS, MAX_SEATS);
  const bps = burnBps(x);
  // The domain's slot; what settlement does not need of it is any.
  const others: [Word, number][] = [
    [x.word("supermajorityBps", 0, 65_535), 168],
    [x.word("silentEpochs", 0, 65_535), 200],
    [x.word("outcomes and the rest", 0, 2 ** 32 - 1), 224],
  ];
  const fields: [Word, number][] = [[seatFee, 0], [seatBond, 80], [bps, 184], [k, 216], ...others];
  const domain = fields.map(([value, at]) => shl(value, at)).reduce(or);
  const appeals = Array.from({ length: rounds - 1 }, (_, n) => ({
    appellant: x.word(`appellant ${n + 2}`, 0, MAX_ADDRESS),
    against: x.word(`against ${n + 2}`, 0, MAX_OUTCOMES),
  }));
  // An entry is written whole: without an appellant there is nothing appealed against.
  for (const { appellant, against } of appeals) x.assume(implies(eq(appellant, ZERO), eq(against, ZERO)));
  const leadingSeats = voted ? x.word("leadingSeats", 1, 65_535) : ZERO;
  const otherSeats = voted ? x.word("other seats", 0, MAX_TALLY_SEATS - 65_535n) : ZERO;
  const weight = voted ? x.word("weight", decisive ? 1 : 0, MAX_TALLY_WEIGHT) : ZERO;
  const leadingWeight = voted ? x.word("leadingWeight", decisive ? 1 : 0, MAX_TALLY_WEIGHT) : ZERO;
  x.assume(le(leadingWeight, weight));
  const seats = add(leadingSeats, otherSeats);
  const verdict = x.struct("Verdicts.Verdict", {
    decisive: word(decisive ? 1 : 0),
    outcome: voted ? x.word("outcome", 0, MAX_OUTCOMES - 1) : word(NO_OUTCOME),
    seats,
    weight,
    leadingSeats,
    leadingWeight,
    supportBps: x.word("supportBps", 0, BPS),
    riskSeats: x.word("riskSeats", 0, 8_191),
  });
  const settled = x.struct("Settlement.Case", {
    head: or(word(rounds << 2), and(x.word("head", 0, MAX_WORD), word(MAX_WORD - 28n))),
    domain,
    rounds: word(rounds),
    rarity: x.word("rarity", RARITY_MIN, RARITY_MAX),
    canaryConfirmed: x.truth("canaryConfirmed"),
    appeals: x.array(appeals.map((appeal) => x.struct("Settlement.Appeal", appeal))),
  });
  const seatsOf = (n: number) => x.call("Sortition.seatsOfRound", k, word(n));
  return {
    case: settled,
    verdict,
    fees: mul(seatFee, x.call("Sortition.seatsAsked", k, word(rounds))),
    burnBps: bps,
    seatBond,
    appeals: appeals.map(({ appellant }, n) => ({
      paid: negate(eq(appellant, ZERO)),
      fee: mul(seatFee, seatsOf(n + 2)),
    })),
    seats,
    leadingSeats,
  };
}

/** The terms, read from the word that they are packed into: each field has room in it. */
function settle(x: Scene, q: Question): Word {
  x.executor.fields = true;
  const packed = x.call("Settlement.terms", q.case, q.verdict);
  x.prove("254 bits", le(packed, word((1n << 254n) - 1n)));
  return x.call("Questions.terms", packed);
}

/** What is paid at once: to each appellant, in all, and to the sink. */
function paid(x: Scene, q: Question): { readonly each: readonly Word[]; readonly all: Word; readonly toSink: Word } {
  const each = x.elements(x.member("Settlement.Case", q.case, "toAppellants"), q.appeals.length);
  return { each, all: each.reduce(add, ZERO), toSink: x.member("Settlement.Case", q.case, "toSink") };
}

/** An appellant gets nothing, or its fee and no more than half of it on top. */
function proveBonuses(x: Scene, q: Question, each: readonly Word[]): void {
  const [bonus, refunds] = [x.executor.seen("_payAppellants.bonus"), x.executor.seen("_payAppellants.refunds")];
  x.prove("half of the refunds at most", le(mul(bonus, word(2)), refunds));
  for (const [n, { fee }] of q.appeals.entries()) {
    const payout = each[n] ?? ZERO;
    if (refunds.lo > 0n) {
      x.lemma("a part of a bonus", [bonus, fee, refunds], "int", (...numbers) => {
        const [some, own, together] = numbers as [Word, Word, Word];
        const part = div(mul(some, own), together);
        return implies(le(mul(some, word(2)), together), le(mul(part, word(2)), own));
      });
    }
    const paidBack = all(le(fee, payout), le(mul(payout, word(2)), mul(fee, word(3))));
    x.prove("nothing, or the fee and at most half of it", any(eq(payout, ZERO), paidBack));
  }
}

/** What is packed beside the money is read again. */
function proveKept(x: Scene, q: Question, terms: Word, status: number): void {
  const of = (name: string) => x.member("Questions.Terms", terms, name);
  x.prove("the status", eq(of("status"), word(status)));
  const head = x.member("Settlement.Case", q.case, "head");
  for (const name of ["rounds", "budget"]) {
    x.prove(`the question's ${name}`, eq(of(name), x.call(`Questions.${name}Of`, head)));
  }
  for (const name of ["outcome", "supportBps", "riskSeats"]) {
    x.prove(`the verdict's ${name}`, eq(of(name), x.member("Verdicts.Verdict", q.verdict, name)));
  }
  x.prove("14 bits of evidence", le(of("evidence"), word(MAX_EVIDENCE)));
}

export const settlement: readonly Property[] = [
  {
    name: "the burn is the least number of wei that is not below its share, and never above the amount",
    function: "Settlement.burnOf",
    theory: "int",
    run: (x) => {
      const [amount, bps] = [x.word("amount", 0, MAX_AMOUNT), x.word("burnBps", 0, BPS)];
      const burn = x.call("Settlement.burnOf", amount, bps);
      x.prove("rounded up", le(mul(amount, bps), mul(burn, word(BPS))));
      x.prove("by less than a wei", lt(mul(burn, word(BPS)), add(mul(amount, bps), word(BPS))));
      x.prove("at most the amount", le(burn, amount));
    },
  },
  {
    name: "the keeper's share is a twentieth of the burn, and nothing to the owner or to nobody",
    function: "Settlement.keeperShare",
    theory: "int",
    run: (x) => {
      const burn = x.word("burn", 0, MAX_AMOUNT);
      const [keeper, owner] = [x.word("keeper", 0, MAX_ADDRESS), x.word("owner", 0, MAX_ADDRESS)];
      const share = x.call("Settlement.keeperShare", burn, keeper, owner);
      x.prove("at most a twentieth of the burn", le(mul(share, word(20)), burn));
      x.prove("nothing to the owner or to nobody", implies(any(eq(keeper, ZERO), eq(keeper, owner)), eq(share, ZERO)));
    },
  },
  {
    name: "the loss of a seat is at most its bond, 0 unless the leading weight is more than half, and rounded up",
    function: "Settlement.lossPerSeat",
    theory: "int",
    run: (x) => {
      const bond = x.word("seatBond", 0, MAX_BOND);
      const [leading, weight] = [x.word("leadingWeight", 0, MAX_TALLY_WEIGHT), x.word("weight", 1, MAX_TALLY_WEIGHT)];
      const rarity = x.word("rarity", RARITY_MIN, RARITY_MAX);
      x.assume(le(leading, weight));
      const loss = x.call("Settlement.lossPerSeat", bond, leading, weight, rarity);
      const minority = le(mul(leading, word(2)), weight);
      x.prove("nothing without a majority", implies(minority, eq(loss, ZERO)));
      if (x.machine.decide(minority)) return;
      const share = mul(within(sub(mul(leading, word(2)), weight), 0n, MAX_TALLY_WEIGHT), rarity);
      const whole = mul(weight, word(RARITY_MAX));
      x.prove("the share is at most the whole", le(share, whole));
      x.prove("so is its product with the bond", le(mul(bond, share), mul(bond, whole)));
      x.prove("rounded up", le(mul(bond, share), mul(loss, whole)));
      x.prove("by less than a wei", lt(mul(loss, whole), add(mul(bond, share), whole)));
      x.prove("at most the bond", le(loss, bond));
    },
  },
  {
    name: "resolved after 1 to 4 rounds: fees and losses are gains, burns, payouts and the sink's, to the wei; an appellant gets back its fee and at most half as much again; every field fits its width",
    function: "Settlement.terms",
    theory: "int",
    cases: ROUNDS,
    run: (x, rounds) => {
      const q = question(x, rounds, true, true);
      const terms = settle(x, q);
      const [gain, loss] = [x.member("Questions.Terms", terms, "gain"), x.member("Questions.Terms", terms, "loss")];
      x.prove("a seat loses at most its bond", le(loss, q.seatBond));
      x.prove("the gain is capped", le(gain, word(MAX_GAIN)));
      const losers = sub(q.seats, q.leadingSeats);
      const burns = mul(x.call("Settlement.burnOf", loss, q.burnBps), losers);
      const { each, all: appellants, toSink } = paid(x, q);
      const out = add(add(mul(gain, q.leadingSeats), burns), add(appellants, toSink));
      x.prove("nothing is lost and nothing made", eq(out, add(q.fees, mul(loss, losers))));
      proveBonuses(x, q, each);
      proveKept(x, q, terms, 2);
    },
  },
  {
    name: "unresolved after 1 to 4 rounds with votes: the gains and the sink's are the fees, to the wei; nobody loses, nobody is refunded; every field fits its width",
    function: "Settlement.terms",
    theory: "int",
    cases: ROUNDS,
    run: (x, rounds) => {
      const q = question(x, rounds, false, true);
      const terms = settle(x, q);
      const { all: appellants, toSink } = paid(x, q);
      const gain = x.member("Questions.Terms", terms, "gain");
      x.prove("nothing is lost and nothing made", eq(add(mul(gain, q.leadingSeats), toSink), q.fees));
      x.prove("no refunds", eq(appellants, ZERO));
      x.prove("no losses", eq(x.member("Questions.Terms", terms, "loss"), ZERO));
      x.prove("the burn goes to the sink", le(x.call("Settlement.burnOf", q.fees, q.burnBps), toSink));
      proveKept(x, q, terms, 3);
    },
  },
  {
    name: "unresolved after 1 to 4 rounds without a vote: appellants get their fees back less the burn, and what the asker can reclaim is left, to the wei",
    function: "Settlement.terms",
    theory: "int",
    cases: ROUNDS,
    run: (x, rounds) => {
      const q = question(x, rounds, false, false);
      const terms = settle(x, q);
      const { each, all: appellants, toSink } = paid(x, q);
      let asker = q.fees;
      for (const [n, { paid: byAppellant, fee }] of q.appeals.entries()) {
        const payout = each[n] ?? ZERO;
        if (!x.machine.decide(byAppellant)) {
          x.prove("nothing to nobody", eq(payout, ZERO));
          continue;
        }
        x.prove("the fee less the burn", eq(add(payout, x.call("Settlement.burnOf", fee, q.burnBps)), fee));
        asker = sub(asker, fee);
      }
      const left = within(asker, 0n, q.fees.hi);
      const reclaimable = sub(left, x.call("Settlement.burnOf", left, q.burnBps));
      x.prove("nothing is lost and nothing made", eq(add(add(appellants, toSink), reclaimable), q.fees));
      x.prove("something is left", le(ZERO, reclaimable));
      x.prove("it can be reclaimed", negate(eq(x.member("Questions.Terms", terms, "refundable"), ZERO)));
      proveKept(x, q, terms, 3);
    },
  },
];
