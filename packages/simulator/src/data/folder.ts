import { existsSync } from "node:fs";
import { join } from "node:path";
import { SimulatorError } from "../errors.ts";
import { readCsv, type Columns, type CsvShape } from "./csv.ts";
import { named, Notes } from "./notes.ts";

const ANSWERS = "answers.csv";
const GOLD = "gold.csv";
const ANSWER_COLUMNS: Columns = { required: ["item", "worker", "label"], optional: ["confidence"] };
const GOLD_COLUMNS: Columns = { required: ["item", "label"], optional: [] };

/** What somebody answered, in the words of the file. */
export interface RawAnswer {
  readonly label: string;
  readonly confidence: number | null;
}

/** A folder as it was read: rows that contradict each other or say nothing are gone, and `notes` says so. */
export interface RawData {
  /** Names in the order of their first answers. */
  readonly items: readonly string[];
  readonly workers: readonly string[];
  /** By item, then by worker's index. */
  readonly answers: readonly ReadonlyMap<number, RawAnswer>[];
  /** By item's index; an item without gold is missing. */
  readonly gold: ReadonlyMap<number, string>;
  readonly notes: Notes;
}

/**
 * Reads `answers.csv` (item,worker,label[,confidence]) and, where it is there, `gold.csv` (item,label).
 * @throws SimulatorError `DATA_UNREADABLE`, `DATA_MALFORMED`; `DATA_UNUSABLE` without answers
 */
export async function readFolder(path: string): Promise<RawData> {
  if (!existsSync(path)) throw new SimulatorError("DATA_UNREADABLE", `${path}: there is no such folder`);
  const notes = new Notes();
  const items = new Names();
  const workers = new Names();
  const answers: Map<number, RawAnswer>[] = [];
  const labels = new Map<string, string>();
  const shape = await readCsv(join(path, ANSWERS), ANSWER_COLUMNS, (cells, row) => {
    const [item, worker, label, confidence] = cells as [string, string, string, string];
    if (item === "" || worker === "" || label === "") {
      const empty = item === "" ? "item" : worker === "" ? "worker" : "label";
      notes.at(`${ANSWERS}: no ${empty}, row left out`, row);
      return;
    }
    const i = items.indexOf(item);
    const w = workers.indexOf(worker);
    const ofItem = (answers[i] ??= new Map<number, RawAnswer>());
    const before = ofItem.get(w);
    if (before !== undefined) {
      const kind = before.label === label ? "given twice" : "contradicts an earlier one of the same worker";
      notes.at(`${ANSWERS}: answer ${kind}, the first counts`, row);
      return;
    }
    // One string for each label, however often it is read.
    const shared = labels.get(label) ?? label;
    labels.set(shared, shared);
    ofItem.set(w, { label: shared, confidence: confidenceOf(confidence, row, notes) });
  });
  noteShape(ANSWERS, shape, notes);
  if (items.list.length === 0) throw notes.unusable(`${join(path, ANSWERS)} has no answers`);
  const gold = await readGold(path, items, notes);
  return { items: items.list, workers: workers.list, answers, gold, notes };
}

async function readGold(path: string, items: Names, notes: Notes): Promise<Map<number, string>> {
  const gold = new Map<number, string>();
  if (!existsSync(join(path, GOLD))) {
    notes.say(`there is no ${GOLD}: no truth is known, no accuracy is reported`);
    return gold;
  }
  const shape = await readCsv(join(path, GOLD), GOLD_COLUMNS, (cells, row) => {
    const [item, label] = cells as [string, string];
    const i = items.find(item);
    const before = i === undefined ? undefined : gold.get(i);
    if (item === "" || label === "") notes.at(`${GOLD}: no ${item === "" ? "item" : "label"}, row left out`, row);
    else if (i === undefined) notes.at(`${GOLD}: nobody answered the item, row left out`, row);
    else if (before === undefined) gold.set(i, label);
    else {
      const kind = before === label ? "given twice" : "contradicts an earlier one";
      notes.at(`${GOLD}: truth ${kind}, the first counts`, row);
    }
  });
  noteShape(GOLD, shape, notes);
  const unknown = items.list.filter((_, i) => !gold.has(i));
  if (gold.size === 0) notes.say(`${GOLD} has no truth of any item answered: no accuracy is reported`);
  else if (unknown.length > 0) {
    notes.say(`${unknown.length} items have no truth and are asked, but not scored: ${named("item", unknown)}`);
  }
  return gold;
}

function confidenceOf(text: string, row: number, notes: Notes): number | null {
  if (text === "") return null;
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  notes.at(`${ANSWERS}: confidence is not a number from 0 to 1, the answer counts without one`, row);
  return null;
}

function noteShape(name: string, { ignored, tooLong }: CsvShape, notes: Notes): void {
  if (ignored.length > 0) notes.say(`${name}: ${named("column", ignored)} not used`);
  for (const row of tooLong) notes.at(`${name}: more cells than columns, the rest left out`, row);
}

/** Numbers names in the order of their first mention. */
class Names {
  readonly list: string[] = [];
  readonly #indices = new Map<string, number>();

  find(name: string): number | undefined {
    return this.#indices.get(name);
  }

  indexOf(name: string): number {
    const known = this.#indices.get(name);
    if (known !== undefined) return known;
    this.#indices.set(name, this.list.length);
    this.list.push(name);
    return this.list.length - 1;
  }
}
