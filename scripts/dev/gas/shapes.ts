import { fitLine, spread } from "./fit.ts";
import type { Row } from "./types.ts";

/** What a curve varies, and how its gas is to grow with it. */
export interface Curve {
  readonly title: string;
  /** What the first column counts. */
  readonly unit: string;
  readonly shape: "flat" | "linear" | "steps";
  /** A logarithmic axis shows it better. */
  readonly logX?: boolean;
  /** What the columns of gas are. */
  readonly columns: Readonly<Record<string, string>>;
}

/** In parts: differences in calldata and in computing with other numbers. */
const FLAT_WITHIN = 0.01;
const LINEAR_WITHIN = 0.02;

export const CURVES: Readonly<Record<string, Curve>> = {
  agents: {
    title: "Agents enrolled and allocated in the domain",
    unit: "agents",
    shape: "flat",
    logX: true,
    columns: { ask: "ask", beat: "beat of 4 votes" },
  },
  votes: { title: "Votes of a ballot", unit: "votes", shape: "linear", columns: { beat: "beat" } },
  seats: {
    title: "Seats of a committee",
    unit: "seats",
    shape: "flat",
    columns: { ask: "ask", beat: "beat of 4 votes", finalize: "finalize" },
  },
  rounds: {
    title: "Rounds of a question",
    unit: "rounds",
    shape: "steps",
    columns: {
      finalize: "finalize",
      settle: "settle",
      finalizeTurned: "finalize, turned",
      settleTurned: "settle, turned",
      appeal: "appeal before",
    },
  },
  skipped: {
    title: "Epochs skipped before a reveal",
    unit: "epochs",
    shape: "linear",
    columns: { beat: "beat, reveal only" },
  },
  outcomes: {
    title: "Outcomes of a domain",
    unit: "outcomes",
    shape: "steps",
    columns: { ask: "ask", beat: "beat of 4 votes", firstBeat: "first beat of 4 votes", finalize: "finalize" },
  },
};

/** How a column grows, in words, and whether that is what its curve promises. */
export interface Finding {
  readonly text: string;
  readonly holds: boolean;
}

/** How the gas of each column of a curve grows. */
export function findings({ shape, unit, columns }: Curve, rows: readonly Row[]): Finding[] {
  return Object.entries(columns).map(([key, name]) => {
    const points = pointsOf(rows, key);
    const values = points.map(([, y]) => y);
    if (shape === "linear") {
      const { fixed, slope, deviation } = fitLine(points);
      const line = `${whole(fixed)} + ${slope.toLocaleString("en", { maximumFractionDigits: 1 })} for each of the ${unit}`;
      return { text: `${name}: ${line}, at most ${percent(deviation)} off`, holds: deviation <= LINEAR_WITHIN };
    }
    const range = `${whole(Math.min(...values))} to ${whole(Math.max(...values))}, ${percent(spread(values))} apart`;
    return { text: `${name}: ${range}`, holds: shape === "steps" || spread(values) <= FLAT_WITHIN };
  });
}

/** A column over what the curve varies, where it was measured. */
export function pointsOf(rows: readonly Row[], column: string): [x: number, y: number][] {
  return rows.flatMap((row) => {
    const [x, y] = [Object.values(row)[0] as number, row[column]];
    return y === undefined ? [] : [[x, y] as [number, number]];
  });
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
const percent = (part: number) => `${(100 * part).toFixed(2)} %`;
