/** solc's `storageLayout` of one contract. */
export interface StorageLayout {
  readonly storage: readonly LayoutVariable[];
  readonly types: Readonly<Record<string, LayoutType>> | null;
}

interface LayoutVariable {
  readonly label: string;
  readonly slot: string;
  /** Bytes from the low end of the slot. */
  readonly offset: number;
  readonly type: string;
}

interface LayoutType {
  readonly label: string;
  readonly encoding: string;
  readonly numberOfBytes: string;
  readonly base?: string;
  readonly key?: string;
  readonly value?: string;
  readonly members?: readonly LayoutVariable[];
}

/**
 * A contract's storage as text: its variables, a line each with the members of structs in their place, then every struct that a
 * mapping or an array leads to, with slots counted from its start. Lines read `slot+offset  bytes  name: type`.
 */
export function describeLayout({ storage, types }: StorageLayout): string[] {
  const pending: string[] = [];
  const typeOf = (id: string) => types?.[id] as LayoutType;

  /** Follows mappings and arrays to the structs behind them. */
  const reach = (id: string): void => {
    const { base, value, members } = typeOf(id);
    if (members !== undefined && !pending.includes(id)) pending.push(id);
    for (const next of [base, value]) if (next !== undefined) reach(next);
  };
  const describe = (variable: LayoutVariable, firstSlot: bigint, path: string): string[] => {
    const type = typeOf(variable.type);
    const slot = firstSlot + BigInt(variable.slot);
    const name = path + variable.label;
    if (type.members !== undefined) return type.members.flatMap((member) => describe(member, slot, `${name}.`));
    reach(variable.type);
    const place = `${slot}+${variable.offset}`.padStart(8);
    return [`${place}  ${type.numberOfBytes.padStart(4)}  ${name}: ${type.label}`];
  };

  const lines = storage.flatMap((variable) => describe(variable, 0n, ""));
  for (let id = pending[0], i = 0; id !== undefined; id = pending[++i]) {
    const { label, members } = typeOf(id);
    lines.push("", `  ${label}`, ...(members ?? []).flatMap((member) => describe(member, 0n, "")));
  }
  return lines;
}
