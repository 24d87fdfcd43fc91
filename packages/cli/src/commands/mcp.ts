import { Option } from "commander";
import { formatEther, parseEther } from "ethers";
import type { Commands, Outcome } from "../lib/command.ts";
import { type FetchOptions, fetchOptions } from "../lib/content.ts";
import { fail } from "../lib/errors.ts";
import { parseAgentId, parseAmount, parseAmountOrZero, parsePort } from "../lib/input.ts";
import type { Io } from "../lib/io.ts";
import { loadIdentity } from "../lib/network-identity.ts";
import { agentOf, type CommonOptions, fromOf, openReadSession, openSession, type Session } from "../lib/session.ts";
import type { Spending } from "../mcp/spend.ts";
import { Budget, BudgetSigner } from "../mcp/spending.ts";

interface Options extends CommonOptions, FetchOptions {
  readonly http?: boolean;
  readonly host: string;
  readonly port: number;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly fetch?: boolean;
  readonly swarm?: boolean;
  readonly agent?: bigint;
  readonly write?: boolean;
  readonly maxSpend?: string;
  readonly maxSpendPerCall?: string;
  readonly maxFees: string;
}

/** Ether that gas may cost unless told. */
const MAX_FEES = "0.01";

/** `assay mcp` */
export function addMcp(commands: Commands): void {
  commands.plain<Options, []>(
    {
      name: "mcp",
      summary: "Serves agents, domains, claims and statements to AI models (Model Context Protocol); until interrupted",
      example: "--network sepolia",
      options: [
        new Option("--http", "over HTTP, for any number of clients, instead of standard input and output"),
        new Option("--host <address>", "address to listen on").default("127.0.0.1"),
        new Option("--port <n>", "port to listen on").argParser(parsePort).default(8651),
        new Option("--allow-host <name...>", "name that clients may call this server by, besides this machine's own"),
        new Option("--allow-origin <origin...>", "web pages that may use this server, such as https://example.org"),
        new Option("--fetch", "follow https: and ipfs: URIs that strangers have chosen"),
        new Option("--swarm", "offer to ask agents over their network, as --agent"),
        new Option("--agent <id>", "with --swarm: who asks").argParser(parseAgentId),
        new Option("--write", "offer tools that spend and sign, with the key of --from"),
        new Option("--max-spend <tokens>", "what may be spent in all until the server ends").argParser(parseAmount),
        new Option("--max-spend-per-call <tokens>", "what one call may spend (default: --max-spend)").argParser(
          parseAmount,
        ),
        new Option("--max-fees <ether>", "what gas may cost in all").argParser(parseAmountOrZero).default(MAX_FEES),
        ...fetchOptions(),
      ],
      help: [
        "Read-only unless --write. Then each call that spends or signs has to be within the limits, and the client asks its",
        "user whether to go on; clients that cannot ask may spend with --yes only. $ASSAY_MCP_TOKEN, where it is set, is what",
        "requests over HTTP must bear. Set up of clients, and every tool: docs/mcp.md",
      ].join("\n"),
    },
    serve,
  );
}

async function serve(io: Io, options: Options): Promise<Outcome> {
  // Loaded here, so that other commands need not wait for it.
  const [{ serveHttp, serveStdio }, { isLoopback }] = await Promise.all([
    import("../mcp/serve.ts"),
    import("../mcp/http.ts"),
  ]);
  const { host, port, allowHost: hosts = [], allowOrigin: origins = [], maxSize, gateway } = options;
  const token = io.env.ASSAY_MCP_TOKEN ?? null;
  if (token === "") fail("$ASSAY_MCP_TOKEN is empty");
  if (options.http && options.write && !isLoopback(host) && token === null) {
    fail(`whoever reaches ${host} could spend: set $ASSAY_MCP_TOKEN, or listen on 127.0.0.1`);
  }
  // Over standard input the client speaks: nobody can be asked there.
  const asked: Io = options.http ? io : { ...io, interactive: false };
  const { session, spending } = options.write
    ? await openSpending(asked, options)
    : { session: await openReadSession(asked, options), spending: null };
  try {
    const asker = options.swarm ? agentOf(session, options.agent) : null;
    if (asker !== null) await loadIdentity(session, asker);
    const context = { session, spending, asker, fetching: options.fetch ? { maxSize, gateway } : null };
    if (options.http) await serveHttp(context, io, { host, port, hosts, origins, token });
    else await serveStdio(context, io);
  } finally {
    session.endpoint.provider.destroy();
  }
  return { lines: [] };
}

/** A session that spends within the limits that the options set. */
async function openSpending(
  io: Io,
  options: Options,
): Promise<{ readonly session: Session; readonly spending: Spending }> {
  const { maxSpend, maxSpendPerCall = maxSpend, maxFees } = options;
  if (maxSpend === undefined || maxSpendPerCall === undefined) fail("with --write say how much: --max-spend TOKENS");
  const session = await openSession(io, options);
  const { account, assay, signer, tokens } = session;
  try {
    const limits = {
      total: session.amount(maxSpend),
      perCall: session.amount(maxSpendPerCall),
      fees: parseEther(maxFees),
    };
    const budget = new Budget(limits, tokens);
    // Asks for the passphrase now, and not at the first call.
    await signer.signMessage("mcp");
    io.stderr.write(
      `may spend ${tokens(limits.total)} of ${account}, ${tokens(limits.perCall)} a call, and ${formatEther(limits.fees)} ETH for gas\n`,
    );
    const guarded = new BudgetSigner(signer, budget);
    const limited = { ...session, signer: guarded, assay: assay.connect(guarded) };
    const spending = { session: limited, from: fromOf(session), budget, yes: options.yes ?? false };
    return { session: limited, spending };
  } catch (error) {
    session.endpoint.provider.destroy();
    throw error;
  }
}
