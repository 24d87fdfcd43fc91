import { barChart, lineChart } from "@assay/charts";
import { endingsOf } from "../capture/model.ts";
import { USUAL_RULES } from "../engine/usual.ts";
import { CANARIES } from "./cell.ts";
import { attackersBeside, LAW, PUBLIC_SETS } from "./cells.ts";
import {
  aheadOver,
  amount,
  markdownTable,
  over,
  percent,
  plain,
  points,
  scaled,
  type Section,
  select,
  valuesOf,
} from "./figures.ts";
import type { CellResult, Results } from "./results.ts";

/** What can stand between `<!-- experiment: NAME -->` and `<!-- end -->`. */
export const SECTIONS: Readonly<Record<string, (results: Results) => Section>> = {
  quality: clean,
  attacked,
  sets,
  money,
  parts,
  attacks,
  race,
  capture,
};

const COMPARED = { majoritySame: "majority, as many", majority: "majority, all", dawidSkene: "Dawid-Skene" } as const;
const SINGLE = { bestPast: "best so far", bestHindsight: "best, hindsight" } as const;
const share = (value: string | number) => `${(100 * Number(value)).toFixed(0)}%`;

/** Cells of a population, with canaries where there are runs with them. */
function played(results: Results, population: string | number, source?: string | number): CellResult[] {
  const where = { population, ...(source === undefined ? {} : { source }) };
  const own = select(results, "quality", { ...where, canaries: CANARIES });
  return own.length > 0 ? own : select(results, "quality", { ...where, canaries: 0 });
}

function publicSets(cells: readonly CellResult[]): CellResult[] {
  return cells.filter(({ labels }) => PUBLIC_SETS.includes(String(labels["source"])));
}

function clean(results: Results): Section {
  const cells = select(results, "quality", { population: "clean", canaries: 0 });
  const row = (name: string, own: readonly CellResult[]) => [
    name,
    percent(over(own, "swarm")),
    ...Object.keys({ ...COMPARED, ...SINGLE }).map((key) => percent(over(own, key))),
    percent(over(own, "decided")),
    plain(over(own, "answers")),
  ];
  const head = ["accuracy, %", "swarm", ...Object.values(COMPARED), ...Object.values(SINGLE), "decided", "answers"];
  const rows = cells.map((cell) => row(String(cell.labels["source"]), [cell]));
  const means = [row("**mean of the public sets**", publicSets(cells)), row("**mean of all**", cells)];
  return { markdown: markdownTable(head, [...rows, ...means]) };
}

function attacked(results: Results): Section {
  const cells = select(results, "quality");
  const populations = valuesOf(cells, "population");
  const rows = populations.flatMap((population) =>
    valuesOf(cells, "canaries").flatMap((canaries) => {
      const own = select(results, "quality", { population, canaries });
      if (own.length === 0) return [];
      return [
        [
          `${population}, ${share(canaries)} canaries`,
          percent(over(own, "swarm")),
          ...Object.keys(COMPARED).map((key) => percent(over(own, key))),
          points(aheadOver(own, "majoritySame")),
          points(aheadOver(publicSets(own), "majoritySame")),
          percent(over(own, "captured")),
          percent(over(own, "decided")),
        ],
      ];
    }),
  );
  const head = [
    "mean of all sets, %",
    "swarm",
    ...Object.values(COMPARED),
    "ahead, points",
    "public sets only",
    "captured",
    "decided",
  ];
  const bar = (name: string, figure: string, own: readonly CellResult[], kind: "own" | "other" | "quoted") => ({
    label: name,
    value: Number((100 * (over(own, figure)?.[0] ?? 0)).toFixed(1)),
    kind,
  });
  const groups = populations.map((population) => {
    const own = played(results, population);
    return {
      title: String(population),
      bars: [
        bar("swarm", "swarm", own, "own"),
        bar("majority of as many", "majoritySame", own, "other"),
        bar("Dawid-Skene, all answers", "dawidSkene", own, "quoted"),
      ],
    };
  });
  const chart = barChart(groups, {
    description: "Accuracy by who attacks, mean of all sets",
    xLabel: "accuracy, %",
    legend: {
      own: "the swarm",
      other: "majority of as many answers",
      quoted: "Dawid-Skene of all answers",
    },
  });
  return {
    markdown: `${image("experiment-attacked.svg", "Accuracy by who attacks, mean of all sets")}\n\n${markdownTable(head, rows)}`,
    charts: { "experiment-attacked.svg": chart },
  };
}

function sets(results: Results): Section {
  const cells = select(results, "quality");
  const populations = valuesOf(cells, "population");
  const row = (name: string | number, own: (population: string | number) => readonly CellResult[]) => [
    name,
    ...populations.map((population) => points(aheadOver(own(population), "majoritySame"))),
  ];
  const rows = valuesOf(cells, "source").map((source) =>
    row(source, (population) => played(results, population, source)),
  );
  const means = [
    row("**mean of the public sets**", (population) => publicSets(played(results, population))),
    row("**mean of all**", (population) => played(results, population)),
  ];
  return { markdown: markdownTable(["points ahead of the majority", ...populations.map(String)], [...rows, ...means]) };
}

function money(results: Results): Section {
  const rows = valuesOf(select(results, "quality"), "source").map((source) => {
    const of = (population: string) => played(results, population, source);
    return [
      source,
      percent(over(of("clean"), "majority")),
      ...["clean", "lazy", "colluders"].map((population) => amount(over(of(population), "honestMedian"), 1)),
      amount(over(of("clean"), "honestPerSeat")),
      ...["lazy", "random", "colluders", "sleeper", "sybils"].map((name) => amount(over(of(name), "othersPerSeat"))),
    ];
  });
  const head = [
    ...["seat fees", "majority right, %", "honest median, clean", "beside lazy", "beside colluders"],
    ...["honest, a seat", "lazy", "random", "colluders", "sleeper", "sybils"],
  ];
  return { markdown: markdownTable(head, rows) };
}

function parts(results: Results): Section {
  const cells = select(results, "parts");
  const populations = valuesOf(cells, "population");
  const of = (population: string | number, change: string | number) => select(results, "parts", { population, change });
  const rows = valuesOf(cells, "change").map((change) => [
    change,
    ...populations.map((population) => percent(over(of(population, change), "swarm"))),
    ...populations.map((population) => percent(over(of(population, change), "decided"))),
    plain(over(of("clean", change), "fees")),
  ]);
  const head = [
    "",
    ...populations.map((name) => `${name}, %`),
    ...populations.map((name) => `decided, ${name}`),
    "fees a question, clean",
  ];
  const sizes = [3, 5, 7, USUAL_RULES.seats, 15, 31];
  const nameOf = (k: number) => (k === USUAL_RULES.seats ? "all parts" : `k ${k}`);
  const series = populations.map((population) => ({
    name: String(population),
    points: sizes.flatMap((k) => {
      const figure = over(of(population, nameOf(k)), "swarm");
      return figure === undefined ? [] : [{ x: k, y: 100 * (1 - figure[0]) }];
    }),
  }));
  const description = "Wrong answers by size of the first committee";
  return {
    markdown: `${image("experiment-seats.svg", description)}\n\n${markdownTable(head, rows)}`,
    charts: {
      "experiment-seats.svg": lineChart(series, {
        description,
        xLabel: "seats of a first round (k)",
        yLabel: "not right, %",
        logX: true,
      }),
    },
  };
}

/** So many lines can be told apart. */
const MOST_LINES = 5;

function attacks(results: Results): Section {
  const cells = select(results, "attacks");
  const strategies = valuesOf(cells, "strategy");
  const shares = valuesOf(cells, "share");
  const table = (title: string, show: (cells: readonly CellResult[]) => string) =>
    `${title}\n\n${markdownTable(
      ["share of the stake", ...shares.map(share)],
      strategies.map((strategy) => [
        strategy,
        ...shares.map((value) => show(select(results, "attacks", { strategy, share: value }))),
      ]),
    )}`;
  const worst = [...strategies]
    .map((strategy) => ({
      strategy,
      at: over(select(results, "attacks", { strategy, share: 0.3 }), "wrong")?.[0] ?? 0,
    }))
    .sort((a, b) => b.at - a.at)
    .slice(0, MOST_LINES);
  const series = worst.map(({ strategy }) => ({
    name: String(strategy),
    points: select(results, "attacks", { strategy }).map((cell) => ({
      x: 100 * Number(cell.labels["share"]),
      y: 100 * (cell.figures["wrong"]?.[0] ?? 0),
    })),
  }));
  const description = "Wrong verdicts by share of the stake, the five attacks that do most harm at 30%";
  return {
    markdown: [
      image("experiment-attacks.svg", description),
      table("Captured, of the questions that they wanted wrong (%):", (own) => percent(over(own, "captured"))),
      table("Wrong verdicts, of all questions (%):", (own) => percent(over(own, "wrong"))),
      table("Not decided, of all questions (%):", (own) => {
        const decided = over(own, "decided");
        return percent(decided && [1 - decided[0], decided[1]]);
      }),
      table("What an attacking agent ends with (seat fees):", (own) => amount(over(own, "othersPerAgent"), 1)),
      table("What the median honest agent ends with (seat fees):", (own) => amount(over(own, "honestMedian"), 1)),
    ].join("\n\n"),
    charts: {
      "experiment-attacks.svg": lineChart(series, {
        description,
        xLabel: "share of the stake, %",
        yLabel: "wrong verdicts, %",
      }),
    },
  };
}

function race(results: Results): Section {
  const cells = select(results, "race");
  const rows = cells.map((cell) => [
    `${Number(cell.labels["agents"]).toLocaleString("en")} agents, stake x ${cell.labels["stake"]}`,
    amount(cell.figures["honestNet"], 3),
    amount(scaled(cell.figures["honestNet"], Number(cell.labels["agents"])), 1),
    amount(cell.figures["honestPerSeat"], 3),
    percent(cell.figures["swarm"]),
    plain(cell.figures["fees"], 2),
  ]);
  const head = [
    "the same 200 questions",
    "an agent, seat fees",
    "all agents together",
    "a seat",
    "accuracy, %",
    "fees a question",
  ];
  const points = select(results, "race", { stake: 1 }).map((cell) => ({
    x: Number(cell.labels["agents"]),
    y: cell.figures["honestNet"]?.[0] ?? 0,
  }));
  const description = "What an agent ends with, by number of agents";
  const chart = lineChart([{ name: "an agent", points }], {
    description,
    xLabel: "agents",
    yLabel: "seat fees",
    logX: true,
  });
  return {
    markdown: `${image("experiment-race.svg", description)}\n\n${markdownTable(head, rows)}`,
    charts: { "experiment-race.svg": chart },
  };
}

function capture(results: Results): Section {
  const cells = select(results, "capture");
  const variants = valuesOf(cells, "variant");
  const shares = valuesOf(cells, "share").map(Number);
  const exact = (rounds: number, of: number) =>
    endingsOf(
      {
        seats: LAW.seats,
        share: of,
        identities: attackersBeside(of),
        honest: LAW.honest,
        accuracy: LAW.accuracy,
        supermajorityBps: USUAL_RULES.supermajorityBps,
      },
      rounds,
    );
  const all = valuesOf(cells, "rounds").map(Number);
  const blocks = all.map((rounds) => {
    const rows = shares.map((of) => {
      const law = exact(rounds, of);
      const own = (variant: string | number) => select(results, "capture", { rounds, variant, share: of });
      return [
        share(of),
        (100 * law.captured).toFixed(1),
        ...variants.map((variant) => percent(over(own(variant), "wrong"))),
        plain(over(own("trust and canaries"), "fees")),
      ];
    });
    const head = [
      "share of the stake",
      "exact law",
      ...variants.map((name) => `simulated, ${name}`),
      "fees a question",
    ];
    return `${rounds === 1 ? "One round" : `${rounds} rounds, prepaid`}, wrong verdicts (%):\n\n${markdownTable(head, rows)}`;
  });
  const most = Math.max(...all);
  const series = [
    { name: "exact law", points: shares.map((of) => ({ x: 100 * of, y: 100 * exact(most, of).captured })) },
    ...variants.map((variant) => ({
      name: String(variant),
      points: select(results, "capture", { rounds: most, variant }).map((cell) => ({
        x: 100 * Number(cell.labels["share"]),
        y: 100 * (cell.figures["wrong"]?.[0] ?? 0),
      })),
    })),
  ];
  const description = `Wrong verdicts by the attacker's share of the stake, ${most} rounds`;
  return {
    markdown: [image("experiment-capture.svg", description), ...blocks].join("\n\n"),
    charts: {
      "experiment-capture.svg": lineChart(series, {
        description,
        xLabel: "attacker's share of the stake, %",
        yLabel: "wrong verdicts, %",
      }),
    },
  };
}

function image(file: string, description: string): string {
  return `![${description}](${file})`;
}
