import { type Count, countResults, type Reason, type Report, type Result, score, valid } from "./results.ts";

/** Of every file and operator, how many mutants ended how: a table for a terminal or a document. */
export function tableOf(counts: readonly Count[], heading: string): string {
  const rows = counts.map((count) => [
    count.name,
    ...[valid(count), count.killed, count.timeouts, count.survived].map(String),
    valid(count) === 0 ? "" : `${score(count).toFixed(1)} %`,
    ...[count.invalid, count.same].map(String),
  ]);
  const table = [[heading, "mutants", "killed", "timeouts", "survived", "found", "not compiled", "same code"], ...rows];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0))) ?? [];
  const lines = table.map((row) => {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    return `| ${cells.join(" | ")} |`;
  });
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** The tables of a report and its survivors with their reasons, in Markdown. */
export function documentOf(report: Report, reasons: Readonly<Record<string, Reason>>, weighted: number): string {
  const { files, operators, all } = countResults(report.results);
  const found = all.killed + all.timeouts;
  const survivors = report.results.filter(({ status }) => status === "survived");
  const head =
    `Measured on the contracts of commit \`${report.commit}\`, seed ${report.seed}: ${valid(all)} of ` +
    `${report.population.toLocaleString("en")} mutants, ${found} found (**${score(all).toFixed(1)} %**), ` +
    `${all.survived} survived. Weighted by the size of each stratum, ${weighted.toFixed(1)} % are found.`;
  return [
    head,
    tableOf([...operators, all], "operator"),
    tableOf(files, "contracts/"),
    "## Survivors",
    survivors.length === 0
      ? "None."
      : [...survivors]
          .sort(byId)
          .map((result) => entry(result, reasons))
          .join("\n\n"),
  ].join("\n\n");
}

function entry({ id, before = "", after = "", complete }: Result, reasons: Readonly<Record<string, Reason>>): string {
  const reason = reasons[id]?.reason ?? "No reason is known.";
  const note = complete === false ? " Not every test that reaches it was run." : "";
  return `\`${id}\`\n\n\`\`\`diff\n- ${before}\n+ ${after}\n\`\`\`\n\n${reason}${note}`;
}

function byId(a: Result, b: Result): number {
  return a.id.localeCompare(b.id, "en", { numeric: true });
}
