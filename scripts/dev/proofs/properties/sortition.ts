import type { Property } from "../property.ts";
import { add, all, any, div, eq, implies, le, lt, mod, mul, sub, within, word, ZERO } from "../term.ts";
import { FULL_PARTICIPATION, MAX_OFFERED, MAX_SEATS, MAX_UNITS, MAX_WORD, MIN_SEATS, ROUNDS } from "./bounds.ts";

const MAX_ASKED = MAX_OFFERED / 4;

export const sortition: readonly Property[] = [
  {
    name: "seats are floor(k's/S) or one more, never more than k' where s <= S, none where S = 0; nothing wraps, and the fraction that decides the last seat is that of the quotient, below 2^64",
    function: "Sortition.seats",
    theory: "int",
    run: (x) => {
      const [offered, stake, total] = [
        x.word("offered", 0, MAX_OFFERED),
        x.word("stake", 0, MAX_UNITS),
        x.word("total", 0, MAX_UNITS),
      ];
      const parts = ["seed", "question", "agent", "secret"].map((name) => x.word(name, 0, MAX_WORD));
      const [seed, questionId, agentId, secret] = parts as [
        typeof offered,
        typeof offered,
        typeof offered,
        typeof offered,
      ];
      const ticket = x.struct("Sortition.Ticket", { seed, questionId, agentId, secret });
      const n = x.call("Sortition.seats", offered, stake, total, ticket);
      if (x.machine.decide(eq(total, ZERO))) {
        x.prove("no seats where the total is 0", eq(n, ZERO));
        return;
      }
      const [product, divisor] = [mul(offered, stake), within(total, 1n, MAX_UNITS)];
      const whole = div(product, divisor);
      x.prove("at least the whole seats", le(whole, n));
      x.prove("at most one more", le(n, add(whole, word(1))));
      x.prove("at most k'", implies(le(stake, total), le(n, offered)));
      const fraction = x.executor.seen("seats.fraction");
      const rest = mod(product, divisor);
      x.prove("the rest is what is left", eq(rest, sub(product, mul(whole, divisor))));
      x.prove("the fraction is not above that of the quotient", le(mul(fraction, divisor), mul(rest, word(1n << 64n))));
      x.prove("nor below it by a whole", lt(mul(rest, word(1n << 64n)), add(mul(fraction, divisor), divisor)));
      x.prove("the fraction is below 2^64", lt(fraction, word(1n << 64n)));
      x.prove(
        "a whole number of seats has no fraction",
        implies(eq(rest, ZERO), all(eq(fraction, ZERO), eq(n, whole))),
      );
    },
  },
  {
    name: "k' is at least the seats asked for and at most four times as many; the product does not overflow",
    function: "Sortition.offeredSeats",
    theory: "int",
    run: (x) => {
      const asked = x.word("asked", 0, MAX_ASKED);
      const offered = x.call("Sortition.offeredSeats", asked, x.word("participation", 0, FULL_PARTICIPATION));
      x.prove("at least those asked for", le(asked, offered));
      x.prove("at most four times as many", le(offered, mul(asked, word(4))));
      x.prove("13 bits", le(offered, word(8_191)));
    },
  },
  {
    name: "participation stays within 16 bits, between the old one and the round's share, and a round without seats leaves it",
    function: "Sortition.updateParticipation",
    theory: "int",
    run: (x) => {
      const participation = x.word("participation", 0, FULL_PARTICIPATION);
      const [revealed, offered] = [x.word("revealed", 0, (1 << 20) - 1), x.word("offered", 0, (1 << 14) - 1)];
      const after = x.call("Sortition.updateParticipation", participation, revealed, offered);
      x.prove("16 bits", le(after, word(FULL_PARTICIPATION)));
      if (x.machine.decide(eq(offered, ZERO))) {
        x.prove("left as it was", eq(after, participation));
        return;
      }
      const share = div(mul(revealed, word(FULL_PARTICIPATION)), within(offered, 1n, offered.hi));
      const most = word(FULL_PARTICIPATION);
      const rises = all(le(participation, share), le(participation, after), any(le(after, share), le(most, share)));
      const falls = all(lt(share, participation), le(after, participation), le(share, after));
      x.prove("between the old one and the share", any(rises, falls));
      x.prove(
        "moves by at most a sixteenth of the scale",
        all(le(after, add(participation, word(4_095))), le(participation, add(after, word(4_095)))),
      );
    },
  },
  {
    name: "a round asks for k seats or twice as many as the round before and one, 1 to 4 rounds together for their sum, (2^r - 1) k + 2^r - 1 - r, and a budget for all but the first fits its field",
    function: "Sortition.seatsAsked",
    theory: "int",
    cases: ROUNDS,
    run: (x, rounds) => {
      const k = x.word("k", MIN_SEATS, MAX_SEATS);
      const each = ROUNDS.slice(0, rounds).map((n) => x.call("Sortition.seatsOfRound", k, word(n)));
      x.prove("the first asks for k", eq(each[0] ?? ZERO, k));
      for (const [n, seats] of each.entries()) {
        if (n > 0) x.prove("then twice and one", eq(seats, add(mul(each[n - 1] ?? ZERO, word(2)), word(1))));
      }
      const asked = x.call("Sortition.seatsAsked", k, word(rounds));
      x.prove("their sum", eq(asked, each.reduce(add)));
      const factor = (1 << rounds) - 1;
      x.prove("the formula", eq(asked, add(mul(k, word(factor)), word(factor - rounds))));
      x.prove("the budget fits its 12 bits", le(sub(asked, k), word(4_095)));
    },
  },
];
