import type { Property, Scene } from "../property.ts";
import {
  add,
  all,
  any,
  eq,
  le,
  lt,
  negate,
  or,
  shl,
  shr,
  type Truth,
  truthOf,
  type Word,
  word,
  ZERO,
} from "../term.ts";
import { asWord, type Slice } from "../values.ts";
import { MAX_WORD, range } from "./bounds.ts";

const [SETTLE, TIP, REVEAL, OVERDUE, COMMIT] = [1, 2, 4, 8, 16] as const;
const HEAD_SIZE = 37;
/** Calldata of more bytes than a transaction can pay for. */
const MAX_CALLDATA = 1n << 32n;

/** Packed bytes of any length anywhere in the calldata, and flags of which the three highest bits are any. */
function packed(x: Scene): Slice {
  const [start, length] = [x.word("start", 0, MAX_CALLDATA), x.word("length", 0, MAX_CALLDATA)];
  return { kind: "slice", start, length };
}

/** Length of a beat of such flags, by the format (docs of `Beats`). */
function lengthOf(flags: number, receipts: Word, ballot: Word): Word {
  const has = (flag: number) => (flags & flag) !== 0;
  let length = word(HEAD_SIZE);
  const part = (size: number) => (length = add(length, word(size)));
  if (has(SETTLE)) length = add(part(6), receipts);
  if (has(TIP)) part(32);
  if (has(REVEAL | OVERDUE)) part(54);
  if (has(REVEAL)) length = add(part(2), ballot);
  if (has(COMMIT)) part(54);
  return length;
}

interface Read {
  readonly receiptsAt: Word;
  readonly receiptsLength: Word;
  readonly ballotAt: Word;
  readonly ballotLength: Word;
}

function read(x: Scene, parts: Word): Read {
  const of = (name: string) => x.member("Beats.Parts", parts, name);
  return {
    receiptsAt: of("receiptsAt"),
    receiptsLength: of("receiptsLength"),
    ballotAt: of("ballotAt"),
    ballotLength: of("ballotLength"),
  };
}

/** Whether a part lies behind the head and before an end, or there is none. */
const inside = (at: Word, length: Word, start: Word, end: Word): Truth =>
  any(
    all(eq(at, ZERO), eq(length, ZERO)),
    all(le(add(start, word(HEAD_SIZE)), at), le(add(at, length), add(start, end))),
  );

export const beats: readonly Property[] = [
  {
    name: "the parts of a beat of any of 32 sets of flags follow each other as the format says, whatever the bytes are: the end is their length, no offset wraps, receipts and ballot lie before it",
    function: "Beats._unpackParts",
    theory: "int",
    cases: range(0, 31),
    run: (x, flags) => {
      const bytes = packed(x);
      const parts = x.struct("Beats.Parts", { previous: x.struct("IConsensus.Link", {}) });
      const set = or(word(flags), shl(x.word("unknown flags", 0, 7), 5));
      const end = asWord(x.executor.call("Beats._unpackParts", [bytes, set, parts]));
      const r = read(x, parts);
      x.prove("16 bits of lengths", all(le(r.receiptsLength, word(65_535)), le(r.ballotLength, word(65_535))));
      x.prove("the end", eq(end, lengthOf(flags, r.receiptsLength, r.ballotLength)));
      x.prove("less than 2^18", lt(end, word(1 << 18)));
      x.prove("receipts lie before it", inside(r.receiptsAt, r.receiptsLength, bytes.start, end));
      x.prove("so does the ballot", inside(r.ballotAt, r.ballotLength, bytes.start, end));
      x.prove("no part that has no flag", all(...unset(x, parts, flags)));
    },
  },
  {
    name: "a packed beat is accepted only if its length is what its flags and lengths say: then receipts and ballot lie within it",
    function: "Beats.unpack",
    theory: "int",
    run: (x) => {
      const bytes = packed(x);
      const accepted = x.attempt("Beats.unpack", bytes);
      if (accepted === null) {
        if (x.machine.decide(lt(bytes.length, word(HEAD_SIZE)))) return;
        const parts = x.struct("Beats.Parts", { previous: x.struct("IConsensus.Link", {}) });
        const flags = x.call("Codec.word", bytes, ZERO);
        const end = asWord(x.executor.call("Beats._unpackParts", [bytes, shr(flags, 248), parts]));
        x.prove("refused for its length", negate(eq(end, bytes.length)));
        return;
      }
      const r = read(x, accepted[0] as Word);
      x.prove("at least a head", le(word(HEAD_SIZE), bytes.length));
      x.prove("receipts lie within it", inside(r.receiptsAt, r.receiptsLength, bytes.start, bytes.length));
      x.prove("so does the ballot", inside(r.ballotAt, r.ballotLength, bytes.start, bytes.length));
      x.prove("less than 2^18", lt(bytes.length, word(1 << 18)));
    },
  },
];

/** What stays zero of parts without their flag. */
function unset(x: Scene, parts: Word, flags: number): Truth[] {
  const zero = (flag: number, names: readonly string[]) =>
    names.map((name) => any(truthOf((flags & flag) !== 0), eq(x.member("Beats.Parts", parts, name), ZERO)));
  return [
    ...zero(SETTLE, ["settleEpoch", "receiptsAt", "receiptsLength"]),
    ...zero(REVEAL, ["secret", "ballotAt", "ballotLength"]),
    ...zero(COMMIT, ["exposure", "backing", "commitment"]),
  ];
}

export const chains: readonly Property[] = [
  {
    name: "hashing forward writes nowhere but into the scratch space, whatever the number of steps, and ends after them",
    function: "SecretChain.forward",
    theory: "int",
    run: (x) => {
      const [secret, steps] = [x.word("secret", 0, MAX_WORD), x.word("steps", 0, MAX_WORD)];
      x.machine.memory.onStore = (at, size) => x.prove("only the scratch space", le(add(at, word(size)), word(64)));
      x.atLoop("forward", (head) => {
        const i = asWord(head.get("i"));
        x.prove("no more steps than asked for", le(i, steps));
        if (head.iteration > 0) {
          x.prove("one step nearer to the end", eq(i, add(x.word("i", 0, MAX_WORD), word(1))));
          x.end();
        }
        const some = x.word("i", 0, MAX_WORD);
        x.assume(le(some, steps));
        head.set("i", some);
        head.set("tip", x.word("tip", 0, MAX_WORD));
      });
      x.call("SecretChain.forward", secret, steps);
    },
  },
  {
    name: "n steps are n hashes, one of the other, for up to 32 of them",
    function: "SecretChain.forward",
    theory: "int",
    cases: range(0, 32),
    run: (x, steps) => {
      const secret = x.word("secret", 0, MAX_WORD);
      const expected = range(1, steps).reduce((tip) => x.machine.keccak([tip]), secret);
      x.prove("the tip", eq(x.call("SecretChain.forward", secret, word(steps)), expected));
    },
  },
];
