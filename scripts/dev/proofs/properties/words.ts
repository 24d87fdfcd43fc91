import type { Property, Scene } from "../property.ts";
import { add, all, and, eq, implies, ite, le, lt, negate, or, shl, shr, type Word, word } from "../term.ts";
import { MAX_UNITS, MAX_WORD, range } from "./bounds.ts";

const VALUE_BITS = 44;
const BASE_BITS = 24;
const SNAPSHOT_BITS = 200;
const MAX_EPOCH = (1 << BASE_BITS) - 1;
const LAST_GENERATION = 4_095;
const MAX_HASH = (1n << 160n) - 1n;

const ones = (bits: number) => word((1n << BigInt(bits)) - 1n);
const valueIn = (w: Word, index: number) => and(shr(w, BASE_BITS + index * VALUE_BITS), word(MAX_UNITS));

export const snapshots: readonly Property[] = [
  {
    name: "the value of an epoch is that of its place: the first up to the base, the last from the third epoch after it",
    function: "Snapshots.valueAt",
    theory: "bits",
    run: (x) => {
      const w = x.word("word", 0, MAX_WORD);
      const [base, epoch] = [and(w, ones(BASE_BITS)), x.word("epoch", 0, 2 ** 32 - 1)];
      const value = x.call("Snapshots.valueAt", w, epoch);
      x.prove("up to the base", implies(le(epoch, base), eq(value, valueIn(w, 0))));
      for (const ahead of [1, 2]) {
        x.prove(`${ahead} after it`, implies(eq(epoch, add(base, word(ahead))), eq(value, valueIn(w, ahead))));
      }
      x.prove("from the third on", implies(le(add(base, word(3)), epoch), eq(value, valueIn(w, 3))));
      x.prove("the latest", eq(x.call("Snapshots.latest", w), valueIn(w, 3)));
    },
  },
  {
    name: "a value counts from the epoch after the next on, the three epochs until then keep theirs, and what stands above the snapshots is kept",
    function: "Snapshots.withValue",
    theory: "bits",
    cases: range(0, 3),
    run: (x, which) => {
      const [w, epoch] = [x.word("word", 0, MAX_WORD), x.word("epoch", 0, MAX_EPOCH)];
      const value = x.word("value", 0, MAX_UNITS);
      const now = x.call("Snapshots.withValue", w, epoch, value);
      if (which === 0) {
        x.prove("what stands above is kept", eq(shr(now, SNAPSHOT_BITS), shr(w, SNAPSHOT_BITS)));
        x.prove("the latest", eq(x.call("Snapshots.latest", now), value));
        const later = x.word("later", 0, 2 ** 32 - 1);
        x.assume(le(add(epoch, word(2)), later));
        x.prove("from the epoch after the next on", eq(x.call("Snapshots.valueAt", now, later), value));
        return;
      }
      // The epoch before, the present one and the next.
      x.assume(le(word(which === 1 ? 1 : 0), epoch));
      const at = which === 1 ? x.word("the epoch before", 0, MAX_EPOCH) : add(epoch, word(which - 2));
      if (which === 1) x.assume(eq(add(at, word(1)), epoch));
      x.prove("it keeps its value", eq(x.call("Snapshots.valueAt", now, at), x.call("Snapshots.valueAt", w, at)));
    },
  },
];

const EVIDENCE = ["alpha", "beta", "verdicts"] as const;
const PRIOR = [4_096, 2_048, 0].map((value) => word(value));

/** Evidence of a standing under a generation: for, against, verdicts. */
const evidenceOf = (x: Scene, standing: Word, generation: Word) =>
  x.callAll("Standings.evidence", standing, generation) as readonly Word[];

export const standings: readonly Property[] = [
  {
    name: "evidence is read again as it was written under its generation, verdicts saturated at 4,095, is the prior under any other, and leaves the allocations alone",
    function: "Standings.withEvidence",
    theory: "bits",
    run: (x) => {
      const [old, generation] = [x.word("standing", 0, MAX_WORD), x.word("generation", 0, LAST_GENERATION - 1)];
      const [alpha, beta] = [x.word("alpha", 0, 65_535), x.word("beta", 1, 65_535)];
      const verdicts = x.word("verdicts", 0, 4_095 + 256);
      const now = x.call("Standings.withEvidence", old, generation, alpha, beta, verdicts);
      x.prove("allocations are kept", eq(and(now, ones(SNAPSHOT_BITS)), and(old, ones(SNAPSHOT_BITS))));
      const other = x.word("another generation", 0, LAST_GENERATION);
      const [read, strange] = [evidenceOf(x, now, generation), evidenceOf(x, now, other)];
      const written = [alpha, beta, ite(lt(word(4_095), verdicts), word(4_095), verdicts)];
      for (const [i, name] of EVIDENCE.entries()) {
        x.prove(`${name} is read again`, eq(read[i] as Word, written[i] as Word));
        const prior = eq(strange[i] as Word, PRIOR[i] as Word);
        x.prove(`${name} of another is the prior's`, implies(negate(eq(other, generation)), prior));
      }
    },
  },
  {
    name: "evidence never written, or under the last generation, is the prior; changing allocations leaves evidence alone",
    function: "Standings.evidence",
    theory: "bits",
    run: (x) => {
      const old = x.word("standing", 0, MAX_WORD);
      const generation = x.word("generation", 0, LAST_GENERATION);
      const allocations = x.word("allocations", 0, (1n << BigInt(SNAPSHOT_BITS)) - 1n);
      const changed = or(shl(shr(old, SNAPSHOT_BITS), SNAPSHOT_BITS), allocations);
      const [before, after] = [evidenceOf(x, old, generation), evidenceOf(x, changed, generation)];
      const none = eq(shr(old, 240), word(0));
      for (const [i, name] of EVIDENCE.entries()) {
        x.prove(`${name} is left alone`, eq(before[i] as Word, after[i] as Word));
        const prior = eq(before[i] as Word, PRIOR[i] as Word);
        x.prove(`${name} never written`, implies(none, prior));
        x.prove(`${name} of the last generation`, implies(le(word(LAST_GENERATION), generation), prior));
      }
      x.prove("never without evidence against", lt(word(0), before[1] as Word));
    },
  },
];

export const ids: readonly Property[] = [
  {
    name: "a question's id holds its domain and 160 bits of hash, which are read again, and nothing else",
    function: "toQuestionId",
    theory: "bits",
    run: (x) => {
      const domain = x.word("domain", 0, 2 ** 32 - 1);
      const hash = shl(x.word("hash", 0, MAX_HASH), 96);
      const id = x.call("toQuestionId", domain, hash);
      x.prove("192 bits", eq(and(id, ones(64)), word(0)));
      x.prove("the domain", eq(x.call("domainOf", id), domain));
      x.prove("the hash", eq(x.call("hashOf", id), hash));
    },
  },
  {
    name: "an id is that of its own domain and hash",
    function: "hashOf",
    theory: "bits",
    run: (x) => {
      const id = shl(x.word("id", 0, (1n << 192n) - 1n), 64);
      const [domain, hash] = [x.call("domainOf", id), x.call("hashOf", id)];
      x.prove("joined again", eq(x.call("toQuestionId", domain, hash), id));
      x.prove("a domain of 32 bits", all(le(domain, ones(32))));
    },
  },
];
