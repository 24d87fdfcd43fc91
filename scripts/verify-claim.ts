import { epochStart, type Hex } from "@assay/protocol";
import { ANSWER_STATUS, answerOf, readVerdict } from "../packages/cli/src/lib/waiting.ts";
import { parseClaimId, parseOutcome } from "./lib/input.ts";
import { fail, runReader } from "./lib/script.ts";
import type { CommonOptions } from "./lib/session.ts";

interface Options extends CommonOptions {
  readonly claim: Hex;
  readonly outcome: number;
}

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
    const { assay, tokens } = session;
    const [state, stakeAtRisk] = await Promise.all([readVerdict(session, claim), assay.claims.stakeAtRisk(claim)]);
    const { status, outcome, supportBps, rounds, final, finalFrom, epoch } = state;
    if (status === "unknown") fail(`there is no claim ${claim} on this deployment`);
    const answer = answerOf(state, expected);
    const lines = [
      `claim ${claim}`,
      `status       ${status}${final ? " (final)" : ""}`,
      `outcome      ${outcome === null ? "none" : outcome}${status === "resolved" || status === "voting" ? "" : " (leading)"}`,
      `support      ${(supportBps / 100).toFixed(2)}%`,
      `rounds       ${rounds}`,
      `stake at risk ${tokens(stakeAtRisk)}`,
    ];
    if (finalFrom !== null) {
      const at = new Date(epochStart(session.deployment.parameters, finalFrom) * 1000).toISOString();
      lines.push(`not final before epoch ${finalFrom} (${at}); it is epoch ${epoch}`);
    } else {
      lines.push(`expected ${expected}: ${answer}`);
    }
    return { lines, data: { ...state, answer, stakeAtRisk }, exitCode: ANSWER_STATUS[answer] };
  },
);
