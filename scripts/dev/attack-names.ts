/** Names of the attack tests: in the sources that define them, and in the tables of docs/security.md. */
import ts from "typescript";

/** Titles of every `it(...)` of a test's source. A title that is not written out cannot be looked up, and throws. */
export function testNames(source: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "it") {
      const [title] = node.arguments;
      if (title === undefined || !ts.isStringLiteralLike(title)) {
        throw new Error(`the title of a test is not written out: ${node.getText(file).slice(0, 60)}`);
      }
      names.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  const file = ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest);
  visit(file);
  return names;
}

/** What stands in backticks in the last column of each table under a heading that begins with "Attacks". */
export function documentedNames(page: string): string[] {
  const names: string[] = [];
  let wanted = false;
  for (const line of page.split("\n")) {
    if (line.startsWith("#")) wanted = /^#+ Attacks/.test(line);
    if (!wanted || !line.startsWith("|")) continue;
    const last = line.split(/(?<!\\)\|/).at(-2) ?? "";
    for (const [, name] of last.matchAll(/`([^`]+)`/g)) names.push(name as string);
  }
  return names;
}

/** Elements that occur more than once. */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}
