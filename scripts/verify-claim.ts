import { epochStart } from "@assay/protocol";
import { parseClaimId, parseOutcome } from "./lib/input.ts";
import { fail, runReader } from "./lib/script.ts";
import type { CommonOptions, ReadSession } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: string;
  readonly outcome: number;
}

const STATUSES = ["unknown", "voting", "undecided", "provisional", "resolved", "unresolved"] as const;
const NO_OUTCOME = 255;
/** Exit statuses; 1 is an error, as everywhere. */
const EXIT = { true: 0, false: 2, unresolved: 3, notFinal: 4 } as const;

await runReader<Options>(
  {
    name: "verify-claim",
    summary: "Reads a claim's verdict; the exit status tells it to other programs",
    example: "--network sepolia --claim 0x00000001…",
    help: [
      "Exit status:",
      "  0  final, and the outcome is the expected one (--outcome, 1 unless told)",
      "  1  error: bad input, no such claim, no deployment, no node",
      "  2  final, with another outcome",
      "  3  final, and unresolved",
      "  4  not final yet",
      "Under npm, add -s for nothing but the result: npm run -s verify-claim -- ...",
    ].join("\n"),
    configure: (program) =>
      program
        .requiredOption("--claim <id>", "claim id or question id", parseClaimId)
        .option("--outcome <n>", "outcome that counts as true", parseOutcome, 1),
  },
  async (session, { claim, outcome: expected }) => {
    const { contracts, tokens } = session;
    const { claims } = contracts;
    const [verdict, atRisk, epoch] = await Promise.all([
      claims.verdict(claim),
      claims.stakeAtRisk(claim),
      contracts.consensus.currentEpoch(),
    ]);
    const status = STATUSES[Number(verdict.status)] ?? "unknown";
    if (status === "unknown") fail(`there is no claim ${claim} on this deployment`);
    const outcome = Number(verdict.outcome) === NO_OUTCOME ? null : Number(verdict.outcome);
    const answer = answerOf(status, outcome, expected);
    const final = answer !== "notFinal";
    const finalFrom = final ? null : await finalEpochOf(session, claim);
    const lines = [
      `claim ${claim}`,
      `status       ${status}${final ? " (final)" : ""}`,
      `outcome      ${outcome === null ? "none" : outcome}${status === "resolved" || status === "voting" ? "" : " (leading)"}`,
      `support      ${(Number(verdict.supportBps) / 100).toFixed(2)}%`,
      `rounds       ${verdict.rounds}`,
      `stake at risk ${tokens(atRisk)}`,
    ];
    if (finalFrom !== null) {
      const at = new Date(epochStart(session.deployment.parameters, finalFrom) * 1000).toISOString();
      lines.push(`not final before epoch ${finalFrom} (${at}); it is epoch ${epoch}`);
    } else {
      lines.push(`expected ${expected}: ${answer}`);
    }
    return {
      lines,
      data: {
        claimId: claim,
        status,
        final,
        answer,
        outcome,
        supportBps: verdict.supportBps,
        rounds: verdict.rounds,
        stakeAtRisk: atRisk,
        epoch,
        finalFrom,
      },
      exitCode: EXIT[answer],
    };
  },
);

function answerOf(status: (typeof STATUSES)[number], outcome: number | null, expected: number): keyof typeof EXIT {
  if (status === "unresolved") return "unresolved";
  if (status !== "resolved") return "notFinal";
  return outcome === expected ? "true" : "false";
}

/** First epoch in which a claim can be final, as things stand; null where that depends on a `resolve`. */
async function finalEpochOf({ contracts }: ReadSession, claim: string): Promise<number | null> {
  const { windowEnd, questionId, status } = await contracts.claims.claim(claim);
  if (Number(status) === 1) return Number(windowEnd) + 1;
  const asked = Number(status) === 0 ? claim.slice(0, 50) : questionId;
  const { voteEpoch } = await contracts.consensus.question(asked);
  return voteEpoch === 0n ? null : Number(voteEpoch) + 3;
}
