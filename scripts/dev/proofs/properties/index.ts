import type { Property } from "../property.ts";
import { ballots } from "./ballots.ts";
import { beats, chains } from "./beats.ts";
import { codec } from "./codec.ts";
import { questions } from "./questions.ts";
import { settlement } from "./settlement.ts";
import { sortition } from "./sortition.ts";
import { statistics } from "./statistics.ts";
import { trust } from "./trust.ts";
import { verdicts } from "./verdicts.ts";
import { ids, snapshots, standings } from "./words.ts";

/** In the order in which they are proved. */
export const PROPERTIES: readonly Property[] = [
  ...sortition,
  ...settlement,
  ...trust,
  ...questions,
  ...verdicts,
  ...statistics,
  ...snapshots,
  ...standings,
  ...ids,
  ...chains,
  ...beats,
  ...codec,
  ...ballots,
];
