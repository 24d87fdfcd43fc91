import { type Assay, ClientError } from "@assay/sdk";
import { isAddress, toUtf8String } from "ethers";
import * as v from "valibot";
import { type FetchOptions, readUri } from "./content.ts";
import { CliError, fail } from "./errors.ts";

/** What an agent's registration file says of it (ERC-8004). */
export interface CardOptions {
  readonly name: string;
  readonly description: string;
  readonly image?: string;
  /** `NAME=URL` or `NAME@VERSION=URL`. */
  readonly services: readonly string[];
}

const TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

const Text = v.pipe(v.string("expected a text"), v.minLength(1, "expected a text that is not empty"));
const Texts = v.array(Text, "expected a list of texts");
const AgentId = v.custom<number | string>(
  (id) => (typeof id === "number" ? Number.isSafeInteger(id) && id >= 0 : /^\d{1,78}$/.test(String(id))),
  "expected an agent's id, a whole number",
);
const Registry = v.pipe(
  v.string("expected a registry"),
  v.check(isRegistry, "expected a registry such as eip155:1:0x8004..."),
);

/** The ERC's shape. What it does not name may be there: services are the author's own. */
const CardSchema = v.looseObject(
  {
    type: v.literal(TYPE, `expected "${TYPE}"`),
    name: Text,
    description: v.string("expected a text"),
    image: v.optional(Text),
    services: v.array(
      v.looseObject(
        {
          name: Text,
          endpoint: Text,
          version: v.optional(Text),
          skills: v.optional(Texts),
          domains: v.optional(Texts),
        },
        expected("expected a service"),
      ),
      "expected a list of services",
    ),
    x402Support: v.optional(v.boolean("expected true or false")),
    active: v.optional(v.boolean("expected true or false")),
    registrations: v.optional(
      v.array(
        v.looseObject({ agentId: AgentId, agentRegistry: Registry }, expected("expected a registration")),
        "expected a list of registrations",
      ),
    ),
    supportedTrust: v.optional(Texts),
  },
  expected("expected an object"),
);

/** An agent's registration file. */
export type Card = v.InferOutput<typeof CardSchema>;

/** Where an agent is registered: its id, as text where JSON cannot hold the number, and `eip155:CHAIN:REGISTRY`. */
type Registration = NonNullable<Card["registrations"]>[number];

/** What a registration file is worth. */
export interface CardCheck {
  /** Where it is not what the ERC says, or not about the agent; empty if all is well. */
  readonly problems: readonly string[];
  /** What others may miss in it. */
  readonly advice: readonly string[];
}

/**
 * An agent's registration file, as ERC-8004 wants it.
 * @param active whether the agent works now
 * @throws CliError `BAD_INPUT` for a service that is not `NAME=URL`, or a text that is missing
 */
export async function createCard(assay: Assay, agentId: bigint, options: CardOptions, active = true): Promise<Card> {
  const { name, description, image, services } = options;
  const card: Card = {
    type: TYPE,
    name,
    description,
    ...(image === undefined ? {} : { image }),
    services: services.map(parseService),
    active,
    registrations: [await registrationOf(assay, agentId)],
    supportedTrust: ["crypto-economic"],
  };
  const [problem] = problemsOf(card);
  if (problem !== undefined) fail(`the registration file: ${problem}`);
  return card;
}

/**
 * A registration file brought up to date: it names the agent among those that it is of, and says whether that works now.
 * @throws CliError `CONTENT_MISMATCH` if it is not what the ERC says
 */
export async function updateCard(assay: Assay, agentId: bigint, text: string, active: boolean): Promise<Card> {
  const card = parseCard(text);
  const problems = problemsOf(card);
  if (problems.length > 0) throw new CliError("CONTENT_MISMATCH", `the registration file: ${problems.join("; ")}`);
  const { registrations = [], ...rest } = card as Card;
  const own = await registrationOf(assay, agentId);
  const named = registrations.some((registration) => isSame(registration, own));
  return { ...rest, active, registrations: named ? registrations : [...registrations, own] };
}

/**
 * Whether a registration file is what ERC-8004 says, and about an agent.
 * @param agentId null: about any
 */
export async function checkCard(assay: Assay, text: string, agentId: bigint | null): Promise<CardCheck> {
  let card: unknown;
  try {
    card = parseCard(text);
  } catch (error) {
    if (error instanceof CliError) return { problems: [error.message], advice: [] };
    throw error;
  }
  const older = Object(card) as { services?: unknown; endpoints?: unknown };
  const renamed = older.services === undefined && older.endpoints !== undefined;
  const current = renamed ? { ...older, services: older.endpoints } : card;
  const problems = problemsOf(current);
  const { image, registrations = [], supportedTrust = [] } = (problems.length === 0 ? current : {}) as Partial<Card>;
  const advice = [
    ...(renamed ? ["endpoints: are called services since January 2026"] : []),
    ...(image === undefined ? ["image: is missing; applications that show tokens want one"] : []),
    ...(supportedTrust.length === 0 ? ["supportedTrust: is missing; others use the file for discovery only"] : []),
  ];
  if (problems.length > 0) return { problems, advice: advice.filter((line) => line.startsWith("endpoints")) };
  if (agentId === null) return { problems, advice };
  const own = await registrationOf(assay, agentId);
  const named = registrations.some((registration) => isSame(registration, own));
  const missing = `registrations: agent ${agentId} of ${own.agentRegistry} is not among them`;
  return { problems: named ? [] : [missing], advice };
}

/** The text of a registration file. @throws as readUri */
export async function readCard(uri: string, options: FetchOptions): Promise<string> {
  return toUtf8String(await readUri(uri, options));
}

/** Whether an agent works: it is enrolled by its present owner and has stake in a domain now. */
export async function isActive(assay: Assay, agentId: bigint): Promise<boolean> {
  const { owner, state, epoch } = await assay.readMany({
    owner: assay.agents.find.request(agentId),
    state: assay.agents.state.request(agentId),
    epoch: assay.beats.epoch.request(),
  });
  if (owner === null) throw new ClientError("BAD_INPUT", `there is no agent ${agentId}`);
  if (state.owner !== owner) return false;
  const domains = await assay.agents.domains(agentId);
  const places = domains.map((domainId) => assay.domains.allocation.request(agentId, domainId, epoch));
  return (await assay.readMany(places)).some(({ amount }) => amount > 0n);
}

async function registrationOf(assay: Assay, agentId: bigint): Promise<Registration> {
  const { chainId } = await assay.terms();
  return {
    agentId: agentId <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(agentId) : agentId.toString(),
    agentRegistry: `eip155:${chainId}:${assay.addresses.registry}`,
  };
}

function isSame(a: Registration, b: Registration): boolean {
  return String(a.agentId) === String(b.agentId) && a.agentRegistry.toLowerCase() === b.agentRegistry.toLowerCase();
}

/** @throws CliError `CONTENT_MISMATCH` */
function parseCard(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CliError("CONTENT_MISMATCH", "the registration file is no JSON", { cause });
  }
}

function problemsOf(card: unknown): string[] {
  const parsed = v.safeParse(CardSchema, card);
  return (parsed.issues ?? []).map((issue) => {
    const path = v.getDotPath(issue);
    return path === null ? issue.message : `${path}: ${issue.message}`;
  });
}

/** What to say where an object is none, or lacks something. Never what was found instead: strangers write these files. */
function expected(what: string) {
  return ({ expected: kind }: v.LooseObjectIssue) => (kind === "Object" ? what : "is missing");
}

function isRegistry(text: string): boolean {
  const [, namespace, reference = "", address = ""] = /^([a-z0-9-]{3,8}):([\w-]{1,32}):(\S+)$/.exec(text) ?? [];
  return namespace === "eip155" ? /^\d+$/.test(reference) && isAddress(address) : namespace !== undefined;
}

/** Names of services whose endpoints are no URLs. */
const WITHOUT_URL: readonly string[] = ["ENS", "email"];

function parseService(text: string): Card["services"][number] {
  const [, name = "", version, endpoint = ""] = /^([^=@]+)(?:@([^=]+))?=(\S+)$/.exec(text) ?? [];
  if (endpoint === "" || !(URL.canParse(endpoint) || WITHOUT_URL.includes(name)))
    fail(`--service ${text}: expected NAME=URL, such as A2A=https://example.org/a2a`);
  return { name, endpoint, ...(version === undefined ? {} : { version }) };
}
