/** The `.tree` beside a file of tests: each of its branches ends in a test, and each of the tests stands in it. */
import { basename, dirname, join } from "node:path";

/** Titles of the tests of a file, by its path. */
export type Titles = ReadonlyMap<string, readonly string[]>;

interface Line {
  readonly depth: number;
  readonly text: string;
}

/** The lines of a tree below its title, without the "it" before them. */
function linesOf(tree: string): Line[] {
  const lines = tree.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(1).map((line) => {
    const [branches = ""] = /^[│├└─\s]*/.exec(line) ?? [];
    return { depth: branches.length, text: line.slice(branches.length).replace(/^it /, "") };
  });
}

/**
 * What keeps a tree from being that of these tests. A line is a test's if it is the test's title; what stands below it says
 * what comes of the test. The ends of all other branches are missing tests.
 *
 * @returns the titles without a line, and the lines without a test
 */
export function compareTree(tree: string, titles: readonly string[]): { missing: string[]; extra: string[] } {
  const missing = [...titles];
  const extra: string[] = [];
  const lines = linesOf(tree);
  let within = Infinity; // depth of the test that the line stands below
  for (const [i, { depth, text }] of lines.entries()) {
    if (depth > within) continue;
    within = Infinity;
    const at = missing.indexOf(text);
    if (at >= 0) {
      missing.splice(at, 1);
      within = depth;
    } else if ((lines[i + 1]?.depth ?? 0) <= depth) {
      extra.push(text);
    }
  }
  return { missing, extra };
}

/**
 * What is wrong with the trees of some test files, a line each. `X.tree` is the tree of `X.test.ts` or, where the tests of
 * one thing stand in several files, of `X.*.test.ts`. In a folder with trees every file of tests has one.
 *
 * @param read the text of a tree; null if there is no such file
 */
export function compareTrees(titles: Titles, read: (path: string) => string | null): string[] {
  const tests = new Map<string, string[]>();
  const without: string[] = [];
  for (const [file, own] of titles) {
    const tree = treeOf(file, (path) => read(path) !== null);
    if (tree === null) without.push(file);
    else tests.set(tree, [...(tests.get(tree) ?? []), ...own]);
  }
  const folders = new Set([...tests.keys()].map(dirname));
  return [
    ...without.filter((file) => folders.has(dirname(file))).map((file) => `${file} has no tree beside it`),
    ...[...tests].flatMap(([path, own]) => {
      const { missing, extra } = compareTree(read(path) ?? "", own);
      return [
        ...missing.map((title) => `${path} does not have the test "${title}"`),
        ...extra.map((line) => `${path} ends in what is no test: "${line}"`),
      ];
    }),
  ];
}

function treeOf(file: string, exists: (path: string) => boolean): string | null {
  const name = basename(file, ".test.ts");
  const names = [name, name.split(".")[0] ?? name];
  return names.map((part) => join(dirname(file), `${part}.tree`)).find(exists) ?? null;
}
