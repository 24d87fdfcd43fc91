import type { Assay } from "@assay/sdk";
import { fail } from "./errors.ts";

/** What an agent's registration file says of it (ERC-8004). */
export interface CardOptions {
  readonly name: string;
  readonly description: string;
  readonly image?: string;
  /** `NAME=URL`, each once. */
  readonly services: readonly string[];
}

const TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

/** An agent's registration file, as ERC-8004 wants it. @throws CliError `BAD_INPUT` for a service that is not `NAME=URL` */
export async function createCard(assay: Assay, agentId: bigint, options: CardOptions): Promise<object> {
  const { name, description, image, services } = options;
  const { chainId } = await assay.terms();
  return {
    type: TYPE,
    name,
    description,
    ...(image === undefined ? {} : { image }),
    services: services.map(parseService),
    active: true,
    registrations: [
      {
        agentId: agentId <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(agentId) : agentId.toString(),
        agentRegistry: `eip155:${chainId}:${assay.addresses.registry}`,
      },
    ],
    supportedTrust: ["crypto-economic"],
  };
}

function parseService(text: string): { name: string; endpoint: string } {
  const at = text.indexOf("=");
  const endpoint = text.slice(at + 1);
  if (at < 1 || !URL.canParse(endpoint))
    fail(`--service ${text}: expected NAME=URL, such as A2A=https://example.org/a2a`);
  return { name: text.slice(0, at), endpoint };
}
