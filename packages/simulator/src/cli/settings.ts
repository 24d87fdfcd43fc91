import { SimulatorError } from "../errors.ts";

/**
 * Reads "name=value,name=value".
 * @param option whose value it is, for messages
 * @throws SimulatorError `BAD_CONFIG`
 */
export function readPairs(option: string, text: string): [name: string, value: string][] {
  const seen = new Set<string>();
  return text.split(",").map((part) => {
    const at = part.indexOf("=");
    const [name, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (at < 1 || value === "") throw bad(option, `"${part.trim()}" is not name=value`);
    if (seen.has(name)) throw bad(option, `${name} is given twice`);
    seen.add(name);
    return [name, value];
  });
}

/**
 * Reads a number within bounds.
 * @param what is named in messages
 * @throws SimulatorError `BAD_CONFIG`
 */
export function readNumber(
  option: string,
  what: string,
  text: string,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): number {
  const value = /^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  const most = max === Infinity || max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  throw bad(option, `${what} must be a ${whole ? "whole " : ""}number from ${min}${most}, got "${text}"`);
}

/** Looks up a name. @throws SimulatorError `BAD_CONFIG` with what there is */
export function readName<T>(option: string, what: string, name: string, known: Readonly<Record<string, T>>): T {
  if (Object.hasOwn(known, name)) return known[name] as T;
  throw bad(option, `there is no ${what} "${name}"; there are ${Object.keys(known).join(", ")}`);
}

/** What is wrong with an option. */
export function bad(option: string, what: string): SimulatorError {
  return new SimulatorError("BAD_CONFIG", `${option}: ${what}`);
}
