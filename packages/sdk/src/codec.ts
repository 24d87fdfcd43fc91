import { Interface, type LogDescription, type ParamType, type Result } from "ethers";
import { claimsAbi, consensusAbi, factoryAbi, registryAbi, tokenAbi, vaultAbi } from "./abi.ts";
import type { Hex } from "./protocol.ts";

/** ABIs of the contracts that users talk to, by the name that the SDK gives them. */
const ABIS = {
  token: tokenAbi,
  registry: registryAbi,
  vault: vaultAbi,
  consensus: consensusAbi,
  claims: claimsAbi,
} as const;

/** A contract of a deployment. */
export type ContractKey = keyof typeof ABIS;

/** Every contract of a deployment. */
export const CONTRACT_KEYS = Object.keys(ABIS) as readonly ContractKey[];

/** What encodes calls of the contracts, and decodes what they return and emit. */
export const INTERFACES: Readonly<Record<ContractKey, Interface>> = {
  token: new Interface(tokenAbi),
  registry: new Interface(registryAbi),
  vault: new Interface(vaultAbi),
  consensus: new Interface(consensusAbi),
  claims: new Interface(claimsAbi),
};

/** The factory's, whose errors a deployment meets. */
export const FACTORY_INTERFACE = new Interface(factoryAbi);

/* TYPES OF AN ABI */

interface AbiParameter {
  readonly name: string;
  readonly type: string;
  readonly components?: readonly AbiParameter[];
}

type SmallUint = "uint8" | "uint16" | "uint24" | "uint32" | "uint40" | "uint48";

type ArrayOf<P, Item extends string> = readonly Plain<
  P extends { readonly components: infer C extends readonly AbiParameter[] }
    ? { readonly name: ""; readonly type: Item; readonly components: C }
    : { readonly name: ""; readonly type: Item }
>[];

/** What `toPlain` makes of a value: integers of at most 48 bits are numbers, larger ones bigints, structs objects. */
type Plain<P extends AbiParameter> = P["type"] extends `${infer Item}[]`
  ? ArrayOf<P, Item>
  : P extends { readonly components: infer C extends readonly AbiParameter[] }
    ? PlainObject<C>
    : P["type"] extends SmallUint
      ? number
      : P["type"] extends `uint${string}`
        ? bigint
        : P["type"] extends "bool"
          ? boolean
          : P["type"] extends "string"
            ? string
            : Hex;

/** Named values as an object. */
type PlainObject<Ps extends readonly AbiParameter[]> = {
  readonly [P in Ps[number] as P["name"]]: Plain<P>;
};

type Entry<C extends ContractKey> = (typeof ABIS)[C][number];
type FunctionEntry<C extends ContractKey> = Extract<Entry<C>, { readonly type: "function" }>;
type EventEntry<C extends ContractKey> = Extract<Entry<C>, { readonly type: "event" }>;
type ErrorEntry = Extract<Entry<ContractKey> | (typeof factoryAbi)[number], { readonly type: "error" }>;

/** Name of a function that changes nothing. */
export type ViewName<C extends ContractKey> = Extract<
  FunctionEntry<C>,
  { readonly stateMutability: "view" | "pure" }
>["name"];

/** What a function takes, in order. */
export type Inputs<C extends ContractKey, F extends FunctionEntry<C>["name"]> = PlainTuple<
  Extract<FunctionEntry<C>, { readonly name: F }>["inputs"]
>;

type PlainTuple<Ps extends readonly AbiParameter[]> = {
  readonly [I in keyof Ps]: Ps[I] extends AbiParameter ? Plain<Ps[I]> : never;
};

/** What a function returns: one value, or an object of several. */
export type Output<C extends ContractKey, F extends FunctionEntry<C>["name"]> = Extract<
  FunctionEntry<C>,
  { readonly name: F }
>["outputs"] extends infer Ps extends readonly AbiParameter[]
  ? Ps extends readonly [infer P extends AbiParameter]
    ? Plain<P>
    : PlainObject<Ps>
  : never;

/** Qualified name of an event, such as `consensus.QuestionAsked`. */
export type EventName = { [C in ContractKey]: `${C}.${EventEntry<C>["name"]}` }[ContractKey];

/** Arguments of an event. */
export type EventArguments<N extends EventName> = N extends `${infer C extends ContractKey}.${infer Name}`
  ? PlainObject<Extract<EventEntry<C>, { readonly name: Name }>["inputs"]>
  : never;

/** Indexed arguments of an event that a filter may fix. */
export type EventFilterArguments<N extends EventName> = N extends `${infer C extends ContractKey}.${infer Name}`
  ? Partial<PlainObject<IndexedOnly<Extract<EventEntry<C>, { readonly name: Name }>["inputs"]>>>
  : never;

type IndexedOnly<Ps extends readonly AbiParameter[]> = readonly Extract<Ps[number], { readonly indexed: true }>[];

/** Name of a custom error, as in Solidity. */
export type ErrorName = ErrorEntry["name"];

/** Arguments of a custom error; a union where contracts give the name to different ones. */
export type ErrorArguments<N extends ErrorName> = ErrorEntry extends infer E
  ? E extends { readonly name: N; readonly inputs: infer Ps extends readonly AbiParameter[] }
    ? PlainObject<Ps>
    : never
  : never;

/* VALUES */

const SMALL_BITS = 48;

/** A value as ethers decodes it, in the form that `Plain` describes. */
function toPlain(parameter: ParamType, value: unknown): unknown {
  const { arrayChildren, components } = parameter;
  if (arrayChildren !== null) return (value as unknown[]).map((item) => toPlain(arrayChildren, item));
  if (components !== null) return toPlainObject(components, value as Result);
  const bits = /^uint(\d+)$/.exec(parameter.type)?.[1];
  return bits !== undefined && Number(bits) <= SMALL_BITS ? Number(value) : value;
}

/** Named values as an object. */
export function toPlainObject(parameters: readonly ParamType[], values: Result): Record<string, unknown> {
  return Object.fromEntries(parameters.map((parameter, i) => [parameter.name, toPlain(parameter, values[i])]));
}

/** Calldata of a function, overloaded ones by their signature. */
export function encodeCall(contract: ContractKey, name: string, args: readonly unknown[]): Hex {
  return INTERFACES[contract].encodeFunctionData(name, args) as Hex;
}

/** What a view returned. */
export function decodeOutput<C extends ContractKey, F extends ViewName<C>>(
  contract: C,
  name: F,
  data: string,
): Output<C, F> {
  const abi = INTERFACES[contract];
  const fragment = abi.getFunction(name);
  if (fragment === null) throw new TypeError(`${contract} has no function ${name}`);
  const values = abi.decodeFunctionResult(fragment, data);
  const [only, ...more] = fragment.outputs;
  const plain =
    only !== undefined && more.length === 0 ? toPlain(only, values[0]) : toPlainObject(fragment.outputs, values);
  return plain as Output<C, F>;
}

/** Arguments of a parsed event. */
export function eventArguments<N extends EventName>({ fragment, args }: LogDescription): EventArguments<N> {
  return toPlainObject(fragment.inputs, args) as EventArguments<N>;
}
