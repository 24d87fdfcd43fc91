/** What an expression can come to. */
import { Unsupported } from "./machine.ts";
import { numberOf, type Term, type Truth, type Word } from "./term.ts";

/** Something in storage. */
export interface Place {
  readonly kind: "place";
  readonly path: string;
}

/** Bytes in the calldata. */
export interface Slice {
  readonly kind: "slice";
  readonly start: Word;
  readonly length: Word;
}

/** What abi.encode returns, before it is hashed. */
interface Encoded {
  readonly kind: "encoded";
  readonly words: readonly Word[];
}

interface Tuple {
  readonly kind: "tuple";
  readonly values: readonly Value[];
}

export type Value = Term | Place | Slice | Encoded | Tuple;

const isTerm = (value: Value | undefined): value is Term => value !== undefined && "sort" in value;

/** A number, an address in memory, or a truth value as a number. */
export function asWord(value: Value | undefined): Word {
  if (!isTerm(value)) throw new Unsupported(`no number: ${JSON.stringify(value?.kind)}`);
  return value.sort === "word" ? value : numberOf(value);
}

export function asTruth(value: Value | undefined): Truth {
  if (!isTerm(value) || value.sort !== "truth") throw new Unsupported("no truth value");
  return value;
}

export function asPlace(value: Value | undefined): Place {
  if (value === undefined || isTerm(value) || value.kind !== "place") throw new Unsupported("no place in storage");
  return value;
}

export function asSlice(value: Value | undefined): Slice {
  if (value === undefined || isTerm(value) || value.kind !== "slice") throw new Unsupported("no bytes in the calldata");
  return value;
}

export function valuesOf(value: Value): readonly Value[] {
  return isTerm(value) || value.kind !== "tuple" ? [value] : value.values;
}

/** A tuple, or its only value. */
export function tuple(values: readonly Value[]): Value {
  return values.length === 1 ? (values[0] as Value) : { kind: "tuple", values };
}
