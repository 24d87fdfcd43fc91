/** How likely an attacker with a share of the stake decides, or blocks, a question: exact, from the protocol's own sortition. */
import { writeFileSync } from "node:fs";
import {
  type Chances,
  chancesOf,
  drawRounds,
  grindingAllSeen,
  grindingOwnSeen,
  type Setting,
} from "@assay/simulator/capture";
import { Command, InvalidArgumentError } from "commander";

const SEATS = [3, 5, 7, 9, 15, 31, 63];
const SHARES = [5, 10, 15, 20, 25, 30, 35, 40, 45];
/** Of what the protocol says of grinding (docs/protocol.md, section 12). */
const GRINDING = { seats: 7, shares: [10, 20], blocks: [1, 5, 25] };
/** Cells that are checked by drawing committees. */
const CHECKED: readonly [seats: number, share: number][] = [
  [7, 20],
  [9, 30],
  [15, 40],
];
/** Standard deviations between a simulated and an exact probability that are still put down to chance. */
const TOLERANCE = 4;

interface Options {
  readonly honest: number;
  readonly accuracy: number;
  readonly identities: number;
  readonly supermajority: number;
  readonly samples: number;
  readonly seed: string;
  readonly json?: string;
}

const whole = (least: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new InvalidArgumentError(`a whole number from ${least} on`);
  return value;
};
const fraction = (text: string) => {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError("above 0, at most 1");
  return value;
};

const options = new Command("capture-table")
  .description(
    "Probabilities that an attacker with a share of a domain's stake captures or blocks a question, exact and checked by\n" +
      "drawing committees with the protocol's own sortition. Markdown on standard output. Takes about a minute.",
  )
  .option("--honest <n>", "honest agents, who share the rest of the stake alike", whole(1), 100)
  .option("--accuracy <p>", "probability that an honest agent votes right", fraction, 0.8)
  .option("--identities <n>", "identities the attacker may split into; the worse of this and one counts", whole(1), 100)
  .option("--supermajority <bps>", "share of the weight that decides", whole(5_001), 6_667)
  .option("--samples <n>", "committees drawn for each check", whole(0), 2_000)
  .option("--seed <text>", "of the committees drawn", "assay")
  .option("--json <file>", "also write the figures to a file")
  .parse()
  .opts<Options>();

const percent = (p: number) => {
  const value = 100 * p;
  return value >= 9.95
    ? value.toFixed(0)
    : value >= 0.995
      ? value.toFixed(1)
      : value >= 0.0095
        ? value.toFixed(2)
        : "<0.01";
};

function setting(seats: number, share: number, identities: number): Setting {
  const { honest, accuracy, supermajority } = options;
  return { seats, share: share / 100, identities, honest, accuracy, supermajorityBps: supermajority };
}

/** For each probability the worse of one identity and many. */
function worst(seats: number, share: number): Chances {
  const [one, many] = [1, options.identities].map((n) => chancesOf(setting(seats, share, n))) as [Chances, Chances];
  return Object.fromEntries(
    Object.entries<number>({ ...one }).map(([name, p]) => [name, Math.max(p, many[name as keyof Chances])]),
  ) as unknown as Chances;
}

function printTable(title: string, rows: readonly { seats: number; cells: readonly string[] }[]): void {
  console.log(`\n${title}\n`);
  console.log(`| seats | ${SHARES.map((s) => `${s}%`).join(" | ")} |`);
  console.log(`| ---: | ${SHARES.map(() => "---:").join(" | ")} |`);
  for (const { seats, cells } of rows) console.log(`| ${seats} | ${cells.join(" | ")} |`);
}

const started = Date.now();
const progress = (line: string) => console.error(`${((Date.now() - started) / 1000).toFixed(0)} s  ${line}`);

const table = SEATS.map((seats) => {
  progress(`committees of ${seats}`);
  return { seats, chances: SHARES.map((share) => ({ share, ...worst(seats, share) })) };
});
const TITLES: Record<keyof Chances, string> = {
  captured: "Captured in the first round, %",
  blocked: "Nothing decisive after the first round, %",
  survivesAppeal: "Captured in the first round, appealed, and captured still, %",
  capturedAfterTwo: "Captured after a first round and one appeal, whoever appealed, %",
  blockedAfterTwo: "Nothing decisive after a first round and one appeal, %",
};
for (const [name, title] of Object.entries(TITLES)) {
  const cells = table.map((row) => ({
    seats: row.seats,
    cells: row.chances.map((c) => percent(c[name as keyof Chances])),
  }));
  printTable(title, cells);
}

progress("grinding");
const grinding = GRINDING.shares.flatMap((share) =>
  GRINDING.blocks.map((blocks) => {
    const s = setting(GRINDING.seats, share, options.identities);
    return { share, blocks, allSeen: grindingAllSeen(s, blocks), ownSeen: grindingOwnSeen(s, blocks) };
  }),
);
console.log(`\nGrinding the roll, ${GRINDING.seats} seats, %\n`);
console.log("| share | blocks | if all votes were known beforehand | own seats known |\n| ---: | ---: | ---: | ---: |");
for (const g of grinding) {
  console.log(`| ${g.share}% | ${g.blocks} | ${percent(g.allSeen)} | ${percent(g.ownSeen)} |`);
}

const checks = options.samples === 0 ? [] : CHECKED.map(([seats, share]) => check(seats, share));
for (const c of checks) {
  console.error(
    `drawn: ${c.seats} seats, ${c.share}%: captured ${percent(c.captured)} % of ${options.samples}, exactly ` +
      `${percent(c.exact)} %, ${c.deviations.toFixed(1)} standard deviations apart`,
  );
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ setting: options, table, grinding, checks }, null, 2)}\n`);
  progress(`written to ${options.json}`);
}
if (checks.some((c) => c.deviations > TOLERANCE)) {
  console.error("the committees drawn contradict the exact figures");
  process.exitCode = 1;
}

/** The exact probabilities against committees drawn by `seatsOf`. */
function check(seats: number, share: number) {
  progress(`drawing ${options.samples} committees of ${seats}`);
  const s = setting(seats, share, options.identities);
  const exact = chancesOf(s);
  const drawn = drawRounds(s, options.samples, options.seed);
  const apart = (p: number, count: number) =>
    Math.abs(count / options.samples - p) / Math.sqrt((p * (1 - p)) / options.samples);
  return {
    seats,
    share,
    exact: exact.captured,
    captured: drawn.captured / options.samples,
    deviations: Math.max(apart(exact.captured, drawn.captured), apart(exact.blocked, drawn.blocked)),
  };
}
