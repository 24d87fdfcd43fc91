import type { Hex, Vote } from "@assay/protocol";
import type { Random } from "./random.ts";

const GROUP_SIZE = 6;
const VOTE_SIZE = 21;

interface Group {
  domain: string;
  /** Overrides the number of votes. */
  count?: number;
  /** Hash and outcome of each vote. */
  votes: string[];
}

/** One way to spoil a ballot; it may turn out sound all the same. */
type Spoiler = (groups: Group[], random: Random) => void;

const SPOILERS: readonly Spoiler[] = [
  (groups) => groups.reverse(),
  (groups, random) => groups.push(random.pick(groups)),
  (groups, random) => random.pick(groups).votes.reverse(),
  (groups, random) => {
    const { votes } = random.pick(groups);
    votes.push(votes.at(-1) ?? "");
  },
  (groups, random) => {
    const group = random.pick(groups);
    group.votes[0] = `${"00".repeat(20)}01`;
  },
  (groups, random) => (random.pick(groups).votes = []),
  (groups, random) => (random.pick(groups).count = random.edgy(0, 65_535)),
  // One vote more than a ballot may have, or many, in one group or in two.
  (groups, random) => {
    const excess = random.pick([1, 2, 300]);
    const sound = groups.reduce((sum, { votes }) => sum + votes.length, 0);
    const group = random.pick(groups);
    group.votes.push(...random.array(256 - sound + excess, () => vote(random.hex(20), 0)));
    if (random.bool()) group.votes.sort();
  },
];

/** A ballot as an agent encodes it, but for outcomes and questions that need not exist. */
export function rawBallot(votes: readonly Vote[]): Hex {
  return join(group(votes));
}

/** A ballot with something wrong: its order, its counts, its length or any of its bytes. */
export function spoiledBallot(votes: readonly Vote[], random: Random): Hex {
  const groups = group(votes);
  const kind = random.int(0, SPOILERS.length + 3);
  const spoiler = SPOILERS[kind];
  if (spoiler !== undefined && groups.length > 0) {
    spoiler(groups, random);
    return join(groups);
  }
  const bytes = Buffer.from(join(groups).slice(2), "hex");
  if (kind === SPOILERS.length) return toHex(bytes.subarray(0, random.int(0, bytes.length)));
  if (kind === SPOILERS.length + 1) {
    const tail = random.hex(random.pick([1, GROUP_SIZE - 1, GROUP_SIZE, VOTE_SIZE, random.int(1, 60)]));
    return `${toHex(bytes)}${tail.slice(2)}`;
  }
  if (kind === SPOILERS.length + 2) return random.hex(random.int(0, 200));
  for (let flips = random.int(1, 3); flips > 0 && bytes.length > 0; flips--) {
    const at = random.int(0, bytes.length - 1);
    bytes[at] = (bytes[at] as number) ^ (1 << random.int(0, 7));
  }
  return toHex(bytes);
}

function group(votes: readonly Vote[]): Group[] {
  const groups: Group[] = [];
  for (const { questionId, outcome } of [...votes].sort((a, b) => (a.questionId < b.questionId ? -1 : 1))) {
    const domain = questionId.slice(2, 10);
    const last = groups.at(-1);
    const encoded = vote(`0x${questionId.slice(10)}`, outcome);
    if (last?.domain === domain) last.votes.push(encoded);
    else groups.push({ domain, votes: [encoded] });
  }
  return groups;
}

function vote(hash: Hex, outcome: number): string {
  return hash.slice(2) + outcome.toString(16).padStart(2, "0");
}

function join(groups: readonly Group[]): Hex {
  const encoded = groups.map(({ domain, count, votes }) => {
    const size = count ?? votes.length & 0xffff;
    return domain + size.toString(16).padStart(4, "0") + votes.join("");
  });
  return `0x${encoded.join("")}`;
}

function toHex(bytes: Buffer): Hex {
  return `0x${bytes.toString("hex")}`;
}
