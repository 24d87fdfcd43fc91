import { known, meanEstimate } from "../report/estimate.ts";
import { type Cell, hashOf, idOf, type PartName } from "./cell.ts";
import type { Journal } from "./journal.ts";
import type { Metrics } from "./metrics.ts";

/** Mean over seeds and half of its 95 % interval. */
export type Figure = readonly [mean: number, half: number];

/** A cell over all seeds. */
export interface CellResult {
  readonly part: PartName;
  readonly labels: Cell["labels"];
  /** Seeds that were run. */
  readonly seeds: number;
  readonly figures: Readonly<Record<string, Figure>>;
  /** By how much the swarm is ahead of a baseline, seed by seed. */
  readonly ahead: Readonly<Record<string, Figure>>;
}

/** What is committed. */
export interface Results {
  /** Whether every cell has been run with every seed. */
  readonly complete: boolean;
  readonly seeds: number;
  /** Fingerprint of the code that simulated. */
  readonly code: string;
  readonly cells: readonly CellResult[];
}

/** Baselines that the swarm is held against. */
const AGAINST = ["majoritySame", "majority", "dawidSkene", "bestPast", "bestHindsight"];
/** Digits behind the point of what is committed; of figures above ten fewer. */
const DIGITS = 4;
const DIGITS_LARGE = 2;

/** Means of all cells that have been run. */
export function resultsOf(
  cells: readonly Cell[],
  journal: Journal,
  { seeds, code }: { readonly seeds: readonly number[]; readonly code: string },
): Results {
  const results = cells.flatMap((cell): CellResult[] => {
    const found = { id: idOf(cell), hash: hashOf(cell, code) };
    const runs = known(seeds.map((seed) => journal.find({ ...found, seed })?.metrics ?? null));
    if (runs.length === 0) return [];
    const names = [...new Set(runs.flatMap((run) => Object.keys(run)))];
    const figures = names.map((name) => [name, figureOf(runs.map((run) => run[name] ?? null))]);
    const ahead = AGAINST.flatMap((name) => {
      const figure = figureOf(runs.map((run) => differenceOf(run, name)));
      return figure === null ? [] : [[name, figure]];
    });
    return [
      {
        part: cell.part,
        labels: cell.labels,
        seeds: runs.length,
        figures: Object.fromEntries(figures) as CellResult["figures"],
        ahead: Object.fromEntries(ahead) as CellResult["ahead"],
      },
    ];
  });
  const complete = results.length === cells.length && results.every((cell) => cell.seeds === seeds.length);
  return { complete, seeds: seeds.length, code, cells: results };
}

/** One line a cell, so that a change is seen where it is. */
export function resultsText({ complete, seeds, code, cells }: Results): string {
  return `{"complete": ${complete}, "seeds": ${seeds}, "code": "${code}", "cells": [\n${cells.map((cell) => JSON.stringify(cell)).join(",\n")}\n]}\n`;
}

function differenceOf(run: Metrics, baseline: string): number | null {
  const [swarm, other] = [run["swarm"], run[baseline]];
  return swarm === undefined || other === undefined ? null : swarm - other;
}

function figureOf(values: readonly (number | null)[]): Figure | null {
  const estimate = meanEstimate(known(values));
  if (estimate === null) return null;
  const digits = Math.abs(estimate.mean) >= 10 ? DIGITS_LARGE : DIGITS;
  const rounded = (value: number) => Number(value.toFixed(digits));
  return [rounded(estimate.mean), rounded(estimate.high - estimate.mean)];
}
