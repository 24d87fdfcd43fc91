import type { Property, Scene } from "../property.ts";
import { add, all, eq, le, lt, mul, sub, within, type Word, word, ZERO } from "../term.ts";

const GROUP_SIZE = 6;
const VOTE_SIZE = 21;
const RECEIPT_SIZE = 23;
const GENERATION_SIZE = 2;
/** Bytes of a ballot, or of receipts: more than a transaction can pay for. */
const MAX_LENGTH = 1n << 32n;
const FREE_POINTER = word(0x40);

/** A writer for a ballot of any length, in whatever state votes and groups of such a ballot leave it. */
interface Writing {
  readonly w: Word;
  /** Where the receipts begin, behind their length. */
  readonly start: Word;
  readonly end: Word;
  /** End of the memory that is the buffer's. */
  readonly free: Word;
  /** Bytes of the ballot behind what is written. */
  readonly groups: Word;
  readonly votes: Word;
  readonly length: Word;
}

/** @param more bytes of the ballot that the next call stands for */
export function writing(x: Scene, more: number): Writing {
  const length = x.word("length", 0, MAX_LENGTH);
  const w = x.call("Codec.writer", length, x.word("generation", 0, 65_535));
  const buffer = x.member("Codec.Writer", w, "buffer");
  const free = x.machine.memory.load(FREE_POINTER);
  x.machine.memory.window = { from: buffer, to: free };
  const start = add(buffer, word(32));
  const [groups, votes] = [x.word("groups", 0, MAX_LENGTH), x.word("votes", 0, MAX_LENGTH)];
  x.assume(le(add(ballotOf(groups, votes), word(more)), length));
  const end = x.word("end", 0, MAX_LENGTH * 8n);
  x.assume(bounds(start, end, groups, votes));
  x.setMember("Codec.Writer", w, "end", end);
  return { w, start, end, free, groups, votes, length };
}

/** Bytes of a ballot of so many groups and votes. */
export const ballotOf = (groups: Word, votes: Word) => add(mul(groups, word(GROUP_SIZE)), mul(votes, word(VOTE_SIZE)));

/** What holds between two calls: what is written is no longer than the receipts of what has been read. */
export const bounds = (start: Word, end: Word, groups: Word, votes: Word) =>
  all(
    le(add(start, word(GENERATION_SIZE)), end),
    le(end, add(add(start, word(GENERATION_SIZE)), add(mul(groups, word(GROUP_SIZE)), mul(votes, word(RECEIPT_SIZE))))),
  );

const endOf = (x: Scene, { w }: Writing) => x.member("Codec.Writer", w, "end");

export const codec: readonly Property[] = [
  {
    name: "a writer's buffer is its own, holds the generation and has room for a whole word behind it, for a ballot of any length",
    function: "Codec.writer",
    theory: "int",
    run: (x) => {
      const length = x.word("length", 0, MAX_LENGTH);
      const w = x.call("Codec.writer", length, x.word("generation", 0, 65_535));
      const buffer = x.member("Codec.Writer", w, "buffer");
      const [end, free] = [x.member("Codec.Writer", w, "end"), x.machine.memory.load(FREE_POINTER)];
      x.prove("behind the writer itself", le(add(w, word(96)), buffer));
      x.prove("the generation is written", eq(end, add(buffer, word(32 + GENERATION_SIZE))));
      x.prove("a word fits behind it", le(add(end, word(32)), free));
      x.prove("room for the receipts of every vote", le(add(add(buffer, word(32)), length), free));
    },
  },
  {
    name: "opening a group writes within the buffer, and no more than the ballot's own group allows for",
    function: "Codec.openGroup",
    theory: "int",
    run: (x) => {
      const s = writing(x, GROUP_SIZE);
      x.callAll("Codec.openGroup", s.w, x.word("domain", 0, (1n << 256n) - 1n));
      x.prove("it begins where the receipts ended", eq(x.member("Codec.Writer", s.w, "groupAt"), s.end));
      x.prove("six bytes", eq(endOf(x, s), add(s.end, word(GROUP_SIZE))));
      x.prove("what holds between two calls", bounds(s.start, endOf(x, s), add(s.groups, word(1)), s.votes));
      x.prove("within the buffer", le(endOf(x, s), s.free));
    },
  },
  {
    name: "a receipt, and the whole word that it is stored with, falls within the buffer for every vote of the ballot",
    function: "Codec.append",
    theory: "int",
    run: (x) => {
      const s = writing(x, VOTE_SIZE);
      x.callAll("Codec.append", s.w, x.word("receipt", 0, (1n << 256n) - 1n));
      x.prove("23 bytes", eq(endOf(x, s), add(s.end, word(RECEIPT_SIZE))));
      x.prove("what holds between two calls", bounds(s.start, endOf(x, s), s.groups, add(s.votes, word(1))));
      x.prove("within the buffer", le(endOf(x, s), s.free));
    },
  },
  {
    name: "closing a group writes its count of receipts, which fits 16 bits, within the group; a group without receipts vanishes",
    function: "Codec.closeGroup",
    theory: "int",
    run: (x) => {
      const s = writing(x, 0);
      const [at, receipts] = [x.word("groupAt", 0, MAX_LENGTH * 8n), x.word("receipts", 0, 65_535)];
      x.assume(le(add(s.start, word(GENERATION_SIZE)), at));
      x.assume(eq(s.end, add(add(at, word(GROUP_SIZE)), mul(receipts, word(RECEIPT_SIZE)))));
      x.setMember("Codec.Writer", s.w, "groupAt", at);
      const written: { at: Word; value: Word }[] = [];
      x.machine.memory.onStore8 = (to, value) => written.push({ at: to, value });
      x.callAll("Codec.closeGroup", s.w);
      if (written.length === 0) {
        x.prove("without receipts", eq(receipts, ZERO));
        x.prove("it vanishes", eq(endOf(x, s), at));
        return;
      }
      x.prove("with receipts", lt(ZERO, receipts));
      x.prove("the end stays", eq(endOf(x, s), s.end));
      const [high, low] = written as [{ at: Word; value: Word }, { at: Word; value: Word }];
      x.prove("the fifth and sixth byte", all(eq(high.at, add(at, word(4))), eq(low.at, add(at, word(5)))));
      x.prove("before the receipts", lt(low.at, add(at, word(GROUP_SIZE))));
      x.prove("the low byte is of the count", eq(low.value, receipts));
      x.prove("the high byte is a byte", le(high.value, word(255)));
      const rest = within(sub(receipts, mul(high.value, word(256))), 0n, 65_535n);
      x.prove("both make up the count", all(le(mul(high.value, word(256)), receipts), lt(rest, word(256))));
    },
  },
  {
    name: "the receipts' length is that of what has been written, 0 if there is none, and lies within the buffer",
    function: "Codec.finish",
    theory: "int",
    run: (x) => {
      const s = writing(x, 0);
      const receipts = x.call("Codec.finish", s.w);
      const length = x.machine.memory.load(receipts);
      const written = within(sub(s.end, s.start), 0n, s.end.hi);
      if (x.machine.decide(eq(written, word(GENERATION_SIZE)))) x.prove("none", eq(length, ZERO));
      else x.prove("what has been written", eq(length, written));
      x.prove("within the buffer", le(add(s.start, length), s.free));
    },
  },
];
