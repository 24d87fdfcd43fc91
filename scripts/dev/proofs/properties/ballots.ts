import type { Property, Scene } from "../property.ts";
import {
  add,
  all,
  and,
  div,
  eq,
  implies,
  le,
  lt,
  mod,
  mul,
  or,
  shl,
  shr,
  sub,
  within,
  type Word,
  word,
  ZERO,
} from "../term.ts";
import { asWord, type Value } from "../values.ts";
import { MAX_OFFERED, MAX_OUTCOMES, MAX_UNITS, MAX_WORD, range } from "./bounds.ts";
import { ballotOf, bounds, writing } from "./codec.ts";
import { placeOf } from "./questions.ts";

const VOTE_SIZE = 21;
const RECEIPT_SIZE = 23;
const TALLY_BITS = 44;
const SEATS_BITS = 16;
const MAX_SEATS = 65_535;
const WEIGHT_CAP = 4_096;
const MAX_HASH = (1n << 160n) - 1n;
const STATE: Value = { kind: "place", path: "state" };

const ones = (bits: number) => word((1n << BigInt(bits)) - 1n);
const field = (w: Word, shift: number, bits: number) => and(shr(w, shift), ones(bits));
const without = (w: Word, shift: number) =>
  and(w, word(MAX_WORD ^ (((1n << BigInt(TALLY_BITS)) - 1n) << BigInt(shift))));

/** What a seat adds, times the seats, has the seats below and their weight above. */
function proveParts(x: Scene, seats: Word, weight: Word): void {
  x.lemma("a product of seats", [seats, weight], "int", (...n) => {
    const [some, each] = n as [Word, Word];
    const both = mul(some, or(word(1), shl(each, SEATS_BITS)));
    return implies(
      le(some, word(MAX_SEATS)),
      all(
        le(both, ones(TALLY_BITS)),
        eq(and(both, ones(SEATS_BITS)), some),
        eq(shr(both, SEATS_BITS), mul(some, each)),
        le(shr(both, SEATS_BITS), mul(some, word(WEIGHT_CAP))),
      ),
    );
  });
}

/** A tally with room for what is added carries into nothing. */
function proveRoom(x: Scene, old: Word, product: Word, shift: number): void {
  const added = within(product, 0n, (1n << BigInt(TALLY_BITS)) - 1n);
  x.lemma("a vote touches its own tally", [old, added], "bits", (...n) => {
    const [w, more] = n as [Word, Word];
    const [has, weighs] = [field(w, shift, SEATS_BITS), field(w, shift + SEATS_BITS, 28)];
    const [seats, weight] = [and(more, ones(SEATS_BITS)), shr(more, SEATS_BITS)];
    const fits = all(
      le(weighs, mul(has, word(WEIGHT_CAP))),
      le(weight, mul(seats, word(WEIGHT_CAP))),
      le(add(has, seats), word(MAX_SEATS)),
    );
    const sum = add(w, shl(more, shift));
    return implies(
      fits,
      all(
        le(sum, word(MAX_WORD)),
        eq(field(sum, shift, SEATS_BITS), add(has, seats)),
        eq(field(sum, shift + SEATS_BITS, 28), add(weighs, weight)),
        eq(without(sum, shift), without(w, shift)),
        le(field(sum, shift + SEATS_BITS, 28), mul(field(sum, shift, SEATS_BITS), word(WEIGHT_CAP))),
      ),
    );
  });
}

export const ballots: readonly Property[] = [
  {
    name: "a vote counted adds its seats and their weight to the tally of its outcome, 0 to 15, if they fit, and touches no other bit of any word; its seats are those of Sortition; its receipt falls within the buffer, of a ballot of any length",
    function: "Ballots._countGroup",
    theory: "int",
    cases: range(0, MAX_OUTCOMES - 1),
    run: (x, outcome) => {
      const [domain, hash] = [x.word("domain", 0, 2 ** 32 - 1), x.word("hash", 1, MAX_HASH)];
      const [stake, total] = [x.word("stake", 0, MAX_UNITS), x.word("total", 1, MAX_UNITS)];
      const weight = x.word("weight", 0, WEIGHT_CAP);
      const [seed, agentId, secret] = ["seed", "agent", "secret"].map((name) => x.word(name, 0, MAX_WORD)) as [
        Word,
        Word,
        Word,
      ];
      const epoch = x.word("epoch", 0, 2 ** 32 - 1);
      const r = x.struct("Ballots.Reveal", {
        domainBits: shl(domain, 224),
        stake,
        total,
        seat: or(word(1), shl(weight, SEATS_BITS)),
        outcomes: x.word("outcomes", 2, MAX_OUTCOMES),
        open: x.call("Questions.openFor", epoch),
        seed,
        agentId,
        secret,
      });
      const ticket = x.struct("Sortition.Ticket", { seed, agentId, secret });
      // The vote at hand, and those behind it.
      const s = writing(x, 0);
      const [p, rest] = [x.word("p", 0, 1n << 40n), x.word("votes left", 0, 1n << 32n)];
      x.assume(le(ballotOf(s.groups, add(s.votes, rest)), s.length));
      const end = add(p, mul(rest, word(VOTE_SIZE)));
      const junk = x.word("behind the vote", 0, (1n << 88n) - 1n);
      const vote = or(or(shl(hash, 96), word(BigInt(outcome) << 88n)), junk);
      x.machine.memory.atUnknown = (at) => (at === p ? vote : undefined);
      // The question's words.
      const offered = x.word("offered", 0, MAX_OFFERED);
      const schedule = or(
        or(x.word("below", 0, (1n << 36n) - 1n), shl(offered, 36)),
        shl(x.word("above", 0, 2 ** 32 - 1), 49),
      );
      const head = or(schedule, shl(x.word("tallies", 0, (1n << 175n) - 1n), 81));
      const { path, shift } = placeOf(outcome);
      const inHead = path.endsWith("head");
      const old = inHead ? head : x.word("further word", 0, MAX_WORD);
      const [has, weighs] = [field(old, shift, SEATS_BITS), field(old, shift + SEATS_BITS, 28)];
      x.assume(le(weighs, mul(has, word(WEIGHT_CAP))));
      x.executor.onLoadSlot = (_, n) => (n === 0 ? head : old);
      const seatsNow = () => x.executor.seen("_countGroup.seats");
      x.machine.beforeClaim = (what) => {
        if (!what.startsWith("_countGroup: the sum is not checked") || seatsNow() === ZERO) return;
        x.machine.beforeClaim = undefined;
        const product = mul(seatsNow(), or(word(1), shl(weight, SEATS_BITS)));
        proveParts(x, seatsNow(), weight);
        proveRoom(x, old, product, shift);
      };
      const writes: Word[] = [];
      x.executor.onStorageWrite = (_, value) => writes.push(value);
      x.atLoop("_countGroup", (loop) => {
        if (loop.iteration === 0) {
          loop.set("last", x.word("last", 0, MAX_HASH));
          loop.set("seatsInAll", x.word("seats so far", 0, 2 ** 32));
          return;
        }
        const to = asWord(loop.get("to"));
        x.prove("on to the next vote", eq(asWord(loop.get("p")), add(p, word(VOTE_SIZE))));
        const [written] = writes;
        if (written === undefined) {
          x.prove("a vote skipped leaves the receipts", eq(to, s.end));
          return x.end();
        }
        const questionId = x.member("Ballots.Reveal", r, "questionId");
        x.prove("the question's id", eq(questionId, or(shl(domain, 224), shl(hash, 64))));
        x.setMember("Sortition.Ticket", ticket, "questionId", questionId);
        const seats = x.call("Sortition.seats", offered, stake, total, ticket);
        x.lemma("the same fraction", [offered, stake, total], "int", (...n) => {
          const [k, mine, of] = n as [Word, Word, Word];
          const product = mul(k, mine);
          const left = within(sub(product, mul(div(product, of), of)), 0n, product.hi);
          return eq(div(shl(mod(product, of), 64), of), div(shl(left, 64), of));
        });
        x.prove("seats by sortition", eq(seatsNow(), seats));
        x.prove("at least one, no more than fit", all(lt(ZERO, seatsNow()), le(add(has, seatsNow()), word(MAX_SEATS))));
        x.prove("the seats", eq(field(written, shift, SEATS_BITS), add(has, seatsNow())));
        x.prove("their weight", eq(field(written, shift + SEATS_BITS, 28), add(weighs, mul(seatsNow(), weight))));
        x.prove("other bits are left", eq(without(written, shift), without(old, shift)));
        x.prove(
          "weights keep to the cap",
          le(field(written, shift + SEATS_BITS, 28), mul(field(written, shift, SEATS_BITS), word(WEIGHT_CAP))),
        );
        x.prove("a receipt more", eq(to, add(s.end, word(RECEIPT_SIZE))));
        x.prove("what holds between two votes", bounds(s.start, to, s.groups, add(s.votes, word(1))));
        x.prove(
          "seats so far",
          eq(sub(asWord(loop.get("seatsInAll")), seatsNow()), x.word("seats so far", 0, 2 ** 32)),
        );
        x.end();
      });
      x.attempt("Ballots._countGroup", STATE, p, end, r, s.w);
    },
  },
];
