import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { format, resolveConfig } from "prettier";
import { fromRoot } from "../../lib/paths.ts";
import { replaceMarked } from "@assay/charts";
import type { Spread } from "./figures.ts";
import type { Asked, Memory, Throughput } from "./measure.ts";

/** What was measured. */
export interface Measured {
  readonly date: string;
  /** Processes that ran or wanted to, on average of a minute, before it began. */
  readonly load: number;
  /** Chain that the nodes read. */
  readonly chain: string;
  /** Statements a second while latency was measured. */
  readonly perSecond: number;
  readonly spread: { readonly assay: Spread; readonly bare: Spread };
  /** Of five nodes, each in a process of its own, and of twenty, in five. */
  readonly throughput: { readonly five: Compared; readonly twenty: Compared };
  readonly asked: Asked;
  readonly memory: Memory;
}

interface Compared {
  readonly assay: Throughput;
  readonly bare: Throughput;
}

/** What must hold. */
const LIMITS = { spreadMs: 500, perSecond: 150, ofBare: 0.6, askMs: 300, growth: 1.1 };

/** What of a measurement is not as it must be. */
export function faultsOf({ spread, throughput, asked, memory }: Measured): string[] {
  const { assay, bare } = throughput.five;
  const share = assay.perSecond / bare.perSecond;
  return [
    ...(spread.assay.median < LIMITS.spreadMs ? [] : [`a statement takes ${milliseconds(spread.assay.median)}`]),
    ...(assay.perSecond >= LIMITS.perSecond ? [] : [`${rate(assay.perSecond)} were sustained`]),
    ...(share >= LIMITS.ofBare
      ? []
      : [`that is ${percent(share)} of bare GossipSub, less than ${percent(LIMITS.ofBare)}`]),
    ...(asked.median < LIMITS.askMs ? [] : [`the swarm takes ${milliseconds(asked.median)} to answer`]),
    ...(memory.last <= LIMITS.growth * memory.first ? [] : ["memory grows"]),
  ];
}

/** The measurement as a table. */
export function tableOf({ date, load, chain, perSecond, spread, throughput, asked, memory }: Measured): string {
  const rows: [string, string, string][] = [
    [
      `a statement until 99% of ${spread.assay.nodes} nodes (4 in each of 5 processes) have it, at ${perSecond} a second: median, 99th percentile`,
      `${milliseconds(spread.assay.median)}, ${milliseconds(spread.assay.p99)}`,
      `${milliseconds(spread.bare.median)}, ${milliseconds(spread.bare.p99)}`,
    ],
    [
      `of those ${spread.assay.statements} statements, delivered`,
      percent(spread.assay.delivered),
      percent(spread.bare.delivered),
    ],
    ...Object.values(throughput).map(({ assay, bare }): [string, string, string] => [
      `sustained: that all of ${assay.nodes} nodes in 5 processes have taken`,
      `${rate(assay.perSecond)} (${percent(assay.perSecond / bare.perSecond)} of bare)`,
      rate(bare.perSecond),
    ]),
    ...Object.values(throughput).map(({ assay, bare }): [string, string, string] => [
      `processor's time of each of those statements at each of ${assay.nodes} nodes`,
      `${assay.cpuMs.toFixed(2)} ms`,
      `${bare.cpuMs.toFixed(2)} ms`,
    ]),
    [
      `\`ask --swarm\` over ${asked.agents} agents that know the answer: median, 90th percentile of ${asked.asks}`,
      `${milliseconds(asked.median)}, ${milliseconds(asked.p90)} (${percent(asked.answered)} answered)`,
      "",
    ],
    [
      `resident memory of 5 nodes together over ${duration(memory.seconds)} at ${memory.perSecond} statements a second, after five minutes of them: median of the first and the last third`,
      `${mebibytes(memory.first)}, ${mebibytes(memory.last)}`,
      "",
    ],
    ["of that, heaps in use", `${mebibytes(memory.firstHeap)}, ${mebibytes(memory.lastHeap)}`, ""],
  ];
  const model = cpus()[0]?.model ?? "unknown";
  return [
    `Measured on ${date} by \`npm run bench:network\`, ${cpus().length} cores (${model}), load average ${load.toFixed(1)} from other work before it began; Node ${process.version}, all nodes on the loopback interface, ${chain} as the chain in another process:`,
    "",
    "| What | Assay | bare libp2p |",
    "| --- | --- | --- |",
    ...rows.map(([what, ours, theirs]) => `| ${what} | ${ours} | ${theirs} |`),
  ].join("\n");
}

/** Writes the table into docs/network.md, between its marks. */
export async function document(measured: Measured): Promise<void> {
  const page = fromRoot("docs", "network.md");
  const text = replaceMarked(readFileSync(page, "utf8"), "bench: network", tableOf(measured));
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : 1)}%`;
}

function milliseconds(ms: number): string {
  return Number.isFinite(ms) ? `${Math.round(ms)} ms` : "for ever";
}

function rate(perSecond: number): string {
  return `${Math.round(perSecond)} a second`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function duration(seconds: number): string {
  return `${Math.round(seconds / 60)} minutes`;
}
