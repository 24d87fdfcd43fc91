import { savesByAccessList } from "@assay/sdk";
import { Option } from "commander";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Commands, Outcome } from "../lib/command.ts";
import { fail } from "../lib/errors.ts";
import { parseAmountOrZero, parseCount, parsePort } from "../lib/input.ts";
import { createRelayServer } from "../lib/relay-server.ts";
import { Relay } from "../lib/relay.ts";
import { Roller } from "../lib/roller.ts";
import type { CommonOptions, Session } from "../lib/session.ts";

interface Options extends CommonOptions {
  readonly host: string;
  readonly port: number;
  readonly maxBeats: number;
  readonly maxWait: number;
  readonly minFee: string;
  readonly maxQueue: number;
  readonly roll: boolean;
}

/** Beats of a few votes each that fit into a transaction; of larger ones it takes fewer. */
const MAX_BEATS = 40;
/** Part of an epoch, and the most in ms, in which others are left to roll; and how often of that it looks. */
const ROLLING = { patience: 1 / 20, mostMs: 120_000, looks: 3, leastMs: 1_000 };

/** `assay relay` */
export function addRelay(commands: Commands): void {
  commands.sender<Options, []>(
    {
      name: "relay",
      summary: "Sends signed beats of many agents in one transaction, for a fee of their stake; until interrupted",
      example: "--from relayer --min-fee 0.01 --yes",
      options: [
        new Option("--host <address>", "address to listen on").default("127.0.0.1"),
        new Option("--port <n>", "port to listen on").argParser(parsePort).default(8650),
        new Option("--max-beats <n>", `beats in one transaction, 1 to ${MAX_BEATS}`).argParser(parseCount).default(20),
        new Option("--max-wait <seconds>", "how long a beat waits for others").argParser(parseCount).default(5),
        new Option("--min-fee <tokens>", "least fee of a beat").argParser(parseAmountOrZero).default("0"),
        new Option("--max-queue <n>", "beats that may wait").argParser(parseCount).default(1_000),
        new Option("--no-roll", "leave it to others to begin an epoch, without which no agent knows its seats"),
      ],
      help: [
        'POST /beats {"beat": "0x...", "signature": "0x..."} takes a beat that would take effect, and answers with its id;',
        "GET /beats/ID says what became of it, /health whether beats can be sent, /metrics what was done, for Prometheus.",
        "When it is interrupted it takes no more, and sends what waits.",
      ].join("\n"),
    },
    serve,
  );
}

async function serve(session: Session, options: Options): Promise<Outcome> {
  const { account, assay, endpoint, io, sender, signer, terms, tokens } = session;
  const { host, port, maxBeats, maxWait, maxQueue } = options;
  if (maxBeats < 1 || maxBeats > MAX_BEATS) fail(`--max-beats must be from 1 to ${MAX_BEATS}`);
  const minFee = session.amount(options.minFee);
  await sender.confirm({
    title: "relay beats until interrupted",
    notes: [`each is paid ${tokens(minFee)} at least, of its agent's stake; the gas is yours`],
    gas: null,
  });
  // Asks for the passphrase now, and not at the first beat.
  await signer.signMessage("relay");
  const interruption = io.interruption();
  const log = (line: string) => io.stderr.write(`${new Date().toISOString()} ${line}\n`);
  const accessList = savesByAccessList(endpoint.chainId);
  const relay = new Relay(assay, { maxBeats, maxWaitMs: maxWait * 1000, minFee, maxQueue, accessList }, log);
  const patienceMs = Math.min(ROLLING.mostMs, terms.epochLength * 1000 * ROLLING.patience);
  const roller = new Roller(assay, relay, { patienceMs, now: () => performance.now(), log });
  const rolling = options.roll
    ? setInterval(() => void roller.look(), Math.max(ROLLING.leastMs, patienceMs / ROLLING.looks))
    : undefined;
  const { consensus } = assay.addresses;
  const about = { account, chainId: endpoint.chainId, consensus, minFee };
  const server = createRelayServer(relay, () => about);
  server.listen(port, host);
  await once(server, "listening");
  log(`relaying on http://${host}:${(server.address() as AddressInfo).port} as ${account}`);
  if (!interruption.aborted) await once(interruption, "abort");
  clearInterval(rolling);
  log(`stopping: ${relay.queued} beats wait`);
  const closed = once(server, "close");
  server.close();
  await relay.stop();
  server.closeAllConnections();
  await closed;
  const { beats, transactions, gasUsed, fees } = relay.metrics;
  const lines = [
    `relayed ${beats.relayed} beats in ${transactions} transactions, ${gasUsed} gas; earned ${tokens(fees)}`,
  ];
  if (roller.rolled > 0) lines.push(`rolled ${roller.rolled} epochs that nobody else had`);
  const next = fees > 0n ? ["stake withdraw --credits"] : [];
  return { lines, data: { beats, transactionCount: transactions, gasUsed, fees, rolled: roller.rolled }, next };
}
