import { fitCalibration, type Calibration } from "./calibration.ts";
import { claimScore } from "./language/claim-scorer.ts";
import { IDENTIFIERS, type Identifier, type LanguageKind } from "./language/identifiers.ts";
import { randomFor, requireInteger, shuffle } from "./random.ts";
import { FeatureCache, type Example } from "./spam/features.ts";
import { SPAM_TRAINERS, type SpamKind } from "./spam/trainers.ts";
import type { Trainer } from "./spam/classifier.ts";
import type { Item, Model, Prediction, Task, TaskName } from "./types.ts";

/** The kinds of model there are for each task. */
export const MODEL_KINDS: Readonly<Record<TaskName, readonly string[]>> = {
  spam: Object.keys(SPAM_TRAINERS),
  language: Object.keys(IDENTIFIERS),
};

export interface CreateModelsOptions {
  /** Any safe integer >= 0; the same seed and task give the same models. */
  readonly seed: number;
  /** Models of each kind, each with its own share of the training items. Default: 2 for spam, 1 for language. */
  readonly perKind?: number;
  /** Training items of one model. Default: 200. Shares overlap only when the training items do not suffice. */
  readonly shardSize?: number;
  /** Some of `MODEL_KINDS[task.name]`; default all. */
  readonly kinds?: readonly string[];
}

const DEFAULT_PER_KIND: Record<TaskName, number> = { spam: 2, language: 1 };
const DEFAULT_SHARD_SIZE = 200;
/** Fewer cannot be split into a part to learn from and one to calibrate on. */
const MIN_SHARD_SIZE = 40;
/** One training item in this many is kept from learning, to calibrate confidence on. */
const CALIBRATE_EVERY = 4;

/**
 * Trains a population of models, kind by kind: all kinds first, then the second model of each, and so on.
 * @throws RangeError on an unknown kind, or a shard size that is too small or above the number of training items.
 * @example
 * const task = await loadTask('spam', { seed: 1 })
 * const models = await createModels(task, { seed: 1, perKind: 2 })
 * const { outcome, confidence } = models[0]!.predict(task.heldOut[0]!)
 */
export async function createModels(task: Task, options: CreateModelsOptions): Promise<Model[]> {
  const known = MODEL_KINDS[task.name];
  const { seed, perKind = DEFAULT_PER_KIND[task.name], shardSize = DEFAULT_SHARD_SIZE, kinds = known } = options;
  requireInteger("seed", seed, 0);
  requireInteger("perKind", perKind, 1);
  requireInteger("shardSize", shardSize, MIN_SHARD_SIZE);
  for (const kind of kinds) {
    if (!known.includes(kind)) throw new RangeError(`unknown ${task.name} model "${kind}": use ${known.join(", ")}`);
  }
  if (shardSize > task.train.length) {
    throw new RangeError(`shardSize ${shardSize} is more than the ${task.train.length} training items`);
  }

  const ids = Array.from({ length: perKind }, (_, copy) =>
    kinds.map((kind) => ({ kind, id: `${kind}-${copy + 1}` })),
  ).flat();
  const shards = cutShards(shuffle(task.train, randomFor(seed, `${task.name}/shards`)), ids.length, shardSize);
  const cache = new FeatureCache();
  return Promise.all(
    ids.map(async ({ kind, id }, i) => {
      const shard = shards[i] as Item[];
      return task.name === "spam"
        ? spamModel(id, kind as SpamKind, shard, seed, cache)
        : languageModel(id, kind as LanguageKind, shard);
    }),
  );
}

/** Shares of equal size, one after another and round again, spread evenly when they have to overlap. */
function cutShards(items: readonly Item[], count: number, size: number): Item[][] {
  const stride = Math.max(1, Math.min(size, Math.floor(items.length / count)));
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: size }, (_, j) => items[(i * stride + j) % items.length] as Item),
  );
}

function spamModel(id: string, kind: SpamKind, shard: readonly Item[], seed: number, cache: FeatureCache): Model {
  const examples = shard.map(({ text, truth }): Example => ({ features: cache.get(text), truth }));
  const toCalibrate = examples.filter((_, i) => i % CALIBRATE_EVERY === 0);
  const toLearn = examples.filter((_, i) => i % CALIBRATE_EVERY !== 0);
  const train: Trainer = SPAM_TRAINERS[kind];
  const score = train(toLearn, randomFor(seed, `spam/${id}`));
  const probability = fitCalibration(
    toCalibrate.map(({ features }) => score(features)),
    toCalibrate.map(({ truth }) => truth),
  );
  return { id, kind, task: "spam", predict: ({ text }) => predictionOf(probability, score(cache.get(text))) };
}

async function languageModel(id: string, kind: LanguageKind, shard: readonly Item[]): Promise<Model> {
  const identifier: Identifier = IDENTIFIERS[kind];
  const identify = await identifier.load();
  const score = (text: string, language: string | undefined): number => {
    if (language === undefined) throw new RangeError("a language claim must name a language");
    return claimScore(identify, text, language);
  };
  const probability = fitCalibration(
    shard.map(({ text, language }) => score(text, language)),
    shard.map(({ truth }) => truth),
  );
  return {
    id,
    kind,
    task: "language",
    contaminated: identifier.contaminated,
    predict: ({ text, language }) => predictionOf(probability, score(text, language)),
  };
}

function predictionOf(probability: Calibration, score: number): Prediction {
  const p = probability(score);
  return p >= 0.5 ? { outcome: 1, confidence: p } : { outcome: 0, confidence: 1 - p };
}
