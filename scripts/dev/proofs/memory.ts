import { type Machine, Unsupported } from "./machine.ts";
import { add, all, and, isConst, le, MAX_WORD, not, or, shl, shr, valueOf, type Word, word, ZERO } from "./term.ts";

const WORD_SIZE = 32n;
const FREE_POINTER = 0x40n;

/** Where the zero word stands that memory arrays without elements point to. */
export const EMPTY = word(0x60);

/** Memory as the EVM has it, byte for byte, in words where their addresses are known. */
export class Memory {
  #words = new Map<bigint, Word>([
    [FREE_POINTER, word(0x80)],
    [0x60n, ZERO],
  ]);
  readonly #machine: Machine;
  /** Where writes to addresses that are not known have to fall; what stands there is then forgotten. */
  window: { readonly from: Word; readonly to: Word } | undefined;
  /** What stands at an address that is not known, where that matters. */
  atUnknown: ((at: Word) => Word | undefined) | undefined;
  /** Calls back at every write: its address and its bytes. */
  onStore: ((at: Word, size: number) => void) | undefined;
  /** The same at every write of a byte, with the number whose lowest byte it is. */
  onStore8: ((at: Word, value: Word) => void) | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  copy(): ReadonlyMap<bigint, Word> {
    return new Map(this.#words);
  }

  restore(words: ReadonlyMap<bigint, Word>): void {
    this.#words = new Map(words);
  }

  /** Words from the free pointer on, which it moves behind them. */
  allocate(words: number): Word {
    const at = this.load(word(FREE_POINTER));
    this.store(word(FREE_POINTER), add(at, word(WORD_SIZE * BigInt(words))));
    return at;
  }

  load(at: Word): Word {
    if (!isConst(at)) return this.atUnknown?.(at) ?? this.#machine.fresh("memory");
    const [base, by] = split(at);
    if (by === 0) return this.#word(base);
    const bits = by * 8;
    return or(shl(this.#word(base), bits), shr(this.#word(base + WORD_SIZE), 256 - bits));
  }

  store(at: Word, value: Word): void {
    this.onStore?.(at, 32);
    if (!isConst(at)) return this.#scatter(at, 32);
    const [base, by] = split(at);
    if (by === 0) {
      this.#words.set(base, value);
      return;
    }
    const bits = by * 8;
    const low = word((1n << BigInt(256 - bits)) - 1n);
    const next = base + WORD_SIZE;
    this.#words.set(base, or(and(this.#word(base), not(low)), shr(value, bits)));
    this.#words.set(next, or(and(this.#word(next), word(MAX_WORD >> BigInt(bits))), shl(value, 256 - bits)));
  }

  store8(at: Word, value: Word): void {
    this.onStore?.(at, 1);
    this.onStore8?.(at, value);
    if (!isConst(at)) return this.#scatter(at, 1);
    const [base, by] = split(at);
    const shift = (31 - by) * 8;
    const byte = shl(and(value, word(0xff)), shift);
    this.#words.set(base, or(and(this.#word(base), not(word(0xffn << BigInt(shift)))), byte));
  }

  /** Copies at most a word, to where is known. */
  copyBytes(to: Word, from: Word, size: number): void {
    const low = word((1n << BigInt(256 - 8 * size)) - 1n);
    this.store(to, or(and(this.load(from), not(low)), and(this.load(to), low)));
  }

  /** Hash of some bytes, a whole number of words. */
  keccak(at: Word, size: Word): Word {
    if (!isConst(at) || !isConst(size) || valueOf(size) % WORD_SIZE !== 0n) {
      throw new Unsupported("a hash of memory of unknown place or size");
    }
    const count = Number(valueOf(size) / WORD_SIZE);
    return this.#machine.keccak(Array.from({ length: count }, (_, i) => this.load(word(valueOf(at) + BigInt(i * 32)))));
  }

  #word(base: bigint): Word {
    const old = this.#words.get(base);
    if (old !== undefined) return old;
    const first = this.#machine.concrete ? ZERO : this.#machine.fresh("memory");
    this.#words.set(base, first);
    return first;
  }

  #scatter(at: Word, size: number): void {
    if (this.window === undefined) throw new Unsupported("a write to an unknown address");
    const { from, to } = this.window;
    this.#machine.claim("memory is written only within the buffer", all(le(from, at), le(add(at, word(size)), to)));
    for (const base of this.#words.keys()) {
      if (base + WORD_SIZE > from.lo && base < to.hi) this.#words.delete(base);
    }
  }
}

function split(at: Word): readonly [base: bigint, by: number] {
  const by = valueOf(at) % WORD_SIZE;
  return [valueOf(at) - by, Number(by)];
}
