/** Probabilities of numbers of right and wrong seats. */
export class Tallies {
  readonly rights: number;
  readonly wrongs: number;
  readonly #p: Float64Array;

  private constructor(rights: number, wrongs: number, p: Float64Array) {
    this.rights = rights;
    this.wrongs = wrongs;
    this.#p = p;
  }

  /** No seat at all, for certain. */
  static none(): Tallies {
    return new Tallies(1, 1, Float64Array.of(1));
  }

  /** Probability of exactly so many seats. */
  at(right: number, wrong: number): number {
    return right < this.rights && wrong < this.wrongs ? (this.#p[right * this.wrongs + wrong] as number) : 0;
  }

  *[Symbol.iterator](): Generator<readonly [right: number, wrong: number, probability: number]> {
    for (let r = 0; r < this.rights; r++) {
      for (let w = 0; w < this.wrongs; w++) {
        const p = this.#p[r * this.wrongs + w] as number;
        if (p > 0) yield [r, w, p];
      }
    }
  }

  /** With an independent number of seats added. */
  plus(others: Iterable<readonly [right: number, wrong: number, probability: number]>): Tallies {
    const terms = [...others];
    const rights = this.rights + Math.max(0, ...terms.map(([r]) => r));
    const wrongs = this.wrongs + Math.max(0, ...terms.map(([, w]) => w));
    const sum = new Float64Array(rights * wrongs);
    for (const [r, w, p] of this) {
      for (const [dr, dw, q] of terms) {
        const at = (r + dr) * wrongs + w + dw;
        sum[at] = (sum[at] as number) + p * q;
      }
    }
    return new Tallies(rights, wrongs, sum).#trimmed();
  }

  /** Only the tallies that meet a condition; the probabilities then sum to that of the condition. */
  where(condition: (right: number, wrong: number) => boolean): Tallies {
    const p = new Float64Array(this.#p.length);
    for (const [r, w, q] of this) if (condition(r, w)) p[r * this.wrongs + w] = q;
    return new Tallies(this.rights, this.wrongs, p);
  }

  /** Probability of a condition. */
  probability(condition: (right: number, wrong: number) => boolean): number {
    let sum = 0;
    for (const [r, w, p] of this) if (condition(r, w)) sum += p;
    return sum;
  }

  /** Without the tails that come to nothing: rows and columns of less than 1e-15 in all. */
  #trimmed(): Tallies {
    const [byRight, byWrong] = [new Float64Array(this.rights), new Float64Array(this.wrongs)];
    for (const [r, w, p] of this) {
      byRight[r] = (byRight[r] as number) + p;
      byWrong[w] = (byWrong[w] as number) + p;
    }
    const last = (sums: Float64Array) => sums.findLastIndex((s) => s >= NEGLIGIBLE) + 1 || 1;
    const [rights, wrongs] = [last(byRight), last(byWrong)];
    if (rights === this.rights && wrongs === this.wrongs) return this;
    const kept = new Float64Array(rights * wrongs);
    for (const [r, w, p] of this) if (r < rights && w < wrongs) kept[r * wrongs + w] = p;
    return new Tallies(rights, wrongs, kept);
  }
}

const NEGLIGIBLE = 1e-15;
