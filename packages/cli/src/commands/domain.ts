import { epochStart } from "@assay/sdk/protocol";
import { Argument, Option } from "commander";
import { existsSync } from "node:fs";
import { readAgreement } from "../lib/agreement.ts";
import type { Commands, Outcome } from "../lib/command.ts";
import { type DomainOptions, domainOptions, parametersOf } from "../lib/domain-options.ts";
import { domainLines, listDomains, readDomain } from "../lib/domains.ts";
import { fail } from "../lib/errors.ts";
import { parseAmount, parseCount, parseDomainId } from "../lib/input.ts";
import { table } from "../lib/io.ts";
import { CHAIN_LENGTH, enroll, journalPath } from "../lib/secrets.ts";
import { agentOf, type CommonOptions, type ReadSession, type Session } from "../lib/session.ts";
import { agentOption } from "./stake.ts";

interface CreateOptions extends CommonOptions, DomainOptions {
  readonly uri?: string;
}
interface ShowOptions extends CommonOptions {
  readonly agreement?: boolean;
}
interface PlaceOptions extends CommonOptions {
  readonly agent?: bigint;
  readonly domain: number;
}
interface JoinOptions extends PlaceOptions {
  readonly amount: string;
  readonly chainLength: number;
}

/** The option that says which domain a command is about. */
export const domainOption = () =>
  new Option("--domain <n>", "domain, counted from 1").argParser(parseDomainId).makeOptionMandatory();

/** `assay domain ...` */
export function addDomain(commands: Commands): void {
  const domain = commands.group("domain", "Domains: kinds of questions, and the agents that answer them");
  domain.sender<CreateOptions, []>(
    {
      name: "create",
      summary: "Creates a domain, for ever: nobody can change its parameters",
      example: "--seat-fee 1 --uri https://example.org/spam.json",
      options: [...domainOptions(), new Option("--uri <uri>", "describes what questions and outcomes mean")],
      help: "Bounds and meaning of every parameter: docs/parameters.md",
    },
    create,
  );
  domain.reader<CommonOptions, []>({ name: "list", summary: "Lists the domains", example: "" }, list);
  domain.reader<ShowOptions, [number]>(
    {
      name: "show",
      summary: "Shows a domain's parameters, stake and statistics",
      example: "1",
      arguments: [new Argument("<n>", "domain, counted from 1").argParser(parseDomainId)],
      options: [new Option("--agreement", "how each two of its agents err together, from public receipts")],
    },
    async (session, { agreement: wanted }, domainId) =>
      wanted ? agreement(session, domainId) : show(session, domainId),
  );
  domain.sender<JoinOptions, []>(
    {
      name: "join",
      summary:
        "Allocates an agent's stake to a domain, from the epoch after the next; enrolls the agent first if it is not",
      example: "--agent 7 --domain 1 --amount 3000",
      options: [
        agentOption(),
        domainOption(),
        new Option("--amount <tokens>", "stake to stand behind its seats there")
          .argParser(parseAmount)
          .makeOptionMandatory(),
        new Option("--chain-length <epochs>", "how long new secrets last").argParser(parseCount).default(CHAIN_LENGTH),
      ],
      help: [
        "Enrolling makes the agent's secrets, one an epoch. They are kept in the data folder (~/.assay/agents) and nowhere",
        "else: back it up. Whoever has them can see how the agent votes; whoever loses them loses what is at stake.",
      ].join("\n"),
    },
    join,
  );
  domain.sender<PlaceOptions, []>(
    {
      name: "leave",
      summary: "Takes an agent's stake out of a domain, from the epoch after the next",
      example: "--agent 7 --domain 1",
      options: [agentOption(), domainOption()],
    },
    leave,
  );
}

async function create(session: Session, options: CreateOptions): Promise<Outcome> {
  const { assay, sender, tokens } = session;
  const parameters = parametersOf(options, session);
  const { seats, seatFee, seatBond, minStake } = parameters;
  const { uri = "" } = options;
  const notes = [
    `${seats} seats of ${tokens(seatFee)} each, ${tokens(seatBond)} at risk a seat`,
    "its parameters can never be changed",
    ...(uri === "" ? ["without --uri nobody knows what its questions and outcomes mean"] : []),
  ];
  const title = "create a domain";
  const { domainId } = await sender.act({ title, notes }, assay.domains.create, { parameters, uri });
  return {
    lines: [`domain ${domainId}`, `questions can be asked once agents have allocated ${tokens(minStake)}`],
    data: { domainId, parameters, uri },
    next: [`domain join --domain ${domainId} --amount 3000`],
  };
}

async function list(session: ReadSession): Promise<Outcome> {
  const data = await listDomains(session);
  if (data.domains.length === 0) return { lines: ["no domain yet"], data, next: ["domain create"] };
  const rows = data.domains.map(({ domainId, parameters, stake, open, uri }) => {
    const { outcomes, seats, seatFee } = parameters;
    const { tokens } = session;
    const status = open ? "open" : "too little stake";
    return [
      String(domainId),
      String(outcomes),
      String(seats),
      tokens(seatFee),
      tokens(stake),
      status,
      uri.slice(0, 60),
    ];
  });
  const head = ["DOMAIN", "OUTCOMES", "SEATS", "FEE", "STAKE", "STATUS", "URI"];
  return { lines: table([head, ...rows]), data };
}

async function show(session: ReadSession, domainId: number): Promise<Outcome> {
  const data = await readDomain(session, domainId);
  const { uri } = data;
  return { lines: [`domain ${domainId}${uri === "" ? "" : `: ${uri}`}`, ...domainLines(session, data)], data };
}

async function agreement({ assay }: ReadSession, domainId: number): Promise<Outcome> {
  await assay.domains.get(domainId);
  const pairs = await readAgreement(assay, domainId);
  if (pairs.length === 0)
    return { lines: ["no two agents have answered the same decided question yet"], data: { domainId, pairs } };
  const rows = pairs.map(({ agents, both, wrong, bothWrong, expected, correlation }) => [
    agents.join(", "),
    String(both),
    wrong.join(", "),
    String(bothWrong),
    expected.toFixed(2),
    correlation === null ? "-" : correlation.toFixed(2),
  ]);
  const head = ["AGENTS", "BOTH ANSWERED", "WRONG", "BOTH WRONG", "IF INDEPENDENT", "CORRELATION"];
  return { lines: table([head, ...rows]), data: { domainId, pairs } };
}

async function join(session: Session, options: JoinOptions): Promise<Outcome> {
  const { assay, sender, tokens, terms } = session;
  const agentId = agentOf(session, options.agent);
  const { domain: domainId } = options;
  const amount = session.amount(options.amount);
  const owner = await assay.agents.owner(agentId);
  const { parameters, allocatable, state } = await assay.readMany({
    parameters: assay.domains.get.request(domainId),
    allocatable: assay.stake.allocatable.request(agentId),
    state: assay.agents.state.request(agentId),
  });
  if (amount > allocatable) {
    fail(
      `agent ${agentId} can allocate at most ${tokens(allocatable)}: stake more ("assay stake add") or allocate less`,
    );
  }
  const path = journalPath(session, agentId);
  const enrolled = state.owner === owner;
  if (enrolled && !existsSync(path)) {
    const message = `agent ${agentId} is enrolled, but its secrets are not in ${path}: bring them there, or make new ones with "assay agent rotate --secrets"`;
    fail(message);
  }
  const title = `join domain ${domainId} with ${tokens(amount)} of agent ${agentId}`;
  const place = { agentId, domainId, amount };
  if (enrolled) await assay.domains.allocate.simulate(place);
  await sender.confirm({
    title,
    notes: [
      ...(enrolled ? [] : [`enrolls the agent; its secrets will be in ${path}`]),
      `each seat that it takes there risks ${tokens(parameters.seatBond)}`,
    ],
    gas: null,
  });
  if (!enrolled) {
    await enroll(session, agentId, options.chainLength);
    session.io.stderr.write(`the agent's secrets are in ${path}: back it up\n`);
  }
  const { fromEpoch } = await sender.send("allocate", assay.domains.allocate, place);
  const { amount: total } = await assay.domains.total(domainId, fromEpoch);
  const starts = new Date(epochStart(terms, fromEpoch) * 1000).toISOString();
  const { minStake } = parameters;
  return {
    lines: [
      `agent ${agentId} stands in domain ${domainId} with ${tokens(amount)} from epoch ${fromEpoch} (${starts})`,
      `the domain will then have ${tokens(total)}; questions need ${tokens(minStake)}`,
    ],
    data: { agentId, domainId, amount, fromEpoch, domainTotal: total, minStake, journal: path },
  };
}

async function leave(session: Session, options: PlaceOptions): Promise<Outcome> {
  const { assay, sender } = session;
  const agentId = agentOf(session, options.agent);
  const { domain: domainId } = options;
  const title = `take agent ${agentId} out of domain ${domainId}`;
  const { fromEpoch } = await sender.act({ title }, assay.domains.leave, { agentId, domainId });
  return {
    lines: [`agent ${agentId} leaves domain ${domainId} with epoch ${fromEpoch}`],
    data: { agentId, domainId, fromEpoch },
  };
}
