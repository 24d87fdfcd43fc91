import type { Node } from "./ast.ts";
import type { Build, Compiler } from "./compiler.ts";
import { guardAll, type Guarded, guardOf, layersOf, MUTANT_LIBRARY } from "./guards.ts";
import type { Mutant } from "./mutant.ts";

/** A build with many mutants in it, one of which is on at a time. */
export interface Layer {
  readonly build: Build;
  /** By the mutant's name. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** So many mutants are worth a build of all contracts, rather than one each of the contracts concerned. */
const WORTHWHILE = 8;

/**
 * Builds that hold as many of the mutants as can be held: compiling takes longer than finding most mutants. The others need a
 * build each, among them those that make their guard an error.
 */
export function buildLayers(
  compiler: Compiler,
  sources: ReadonlyMap<string, Buffer>,
  units: ReadonlyMap<string, Node>,
  mutants: readonly Mutant[],
): Layer[] {
  const guarded = mutants.flatMap((mutant, i): Guarded[] => {
    const guard = guardOf(units.get(mutant.file) as Node, sources.get(mutant.file) as Buffer, mutant);
    return guard === null ? [] : [{ mutant, guard, number: i + 1 }];
  });
  return layersOf(guarded).flatMap((layer) => buildLayer(compiler, sources, layer) ?? []);
}

function buildLayer(
  compiler: Compiler,
  sources: ReadonlyMap<string, Buffer>,
  members: readonly Guarded[],
): Layer | null {
  let left = members;
  while (left.length >= WORTHWHILE) {
    const byFile = Map.groupBy(left, ({ mutant }) => mutant.file);
    const guardedSources = [...sources].map(([file, source]) => ({
      file,
      ...guardAll(source, byFile.get(file) ?? []),
    }));
    const contents = new Map(guardedSources.map(({ file, text }) => [file, text]));
    const compiled = compiler.compileOther(contents, MUTANT_LIBRARY);
    if ("build" in compiled) {
      return { build: compiled.build, numbers: new Map(left.map(({ mutant, number }) => [mutant.id, number])) };
    }
    const wrong = new Set<Guarded>();
    for (const { file, at } of compiled.errors) {
      const places = guardedSources.find((source) => source.file === file)?.places ?? new Map<Guarded, never>();
      for (const [item, { start, end }] of places) if (start <= at && at < end) wrong.add(item);
    }
    if (wrong.size === 0) throw new Error(`guards do not compile: ${compiled.errors[0]?.message}`);
    left = left.filter((item) => !wrong.has(item));
  }
  return null;
}
