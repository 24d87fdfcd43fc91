import {
  BOND_PER_FEE,
  DOMAIN_DEFAULTS,
  type DomainParameters,
  domainParameters,
  MIN_STAKE_COMMITTEES,
} from "@assay/sdk";
import { DOMAIN_BOUNDS } from "@assay/sdk/protocol";
import { Option } from "commander";
import { parseAmount, parseCount } from "./input.ts";
import type { TokenUnits } from "./units.ts";

/** What a domain is to be; amounts are of tokens. */
export interface DomainOptions {
  readonly outcomes: number;
  readonly seats: number;
  readonly supermajorityBps: number;
  readonly maxRounds: number;
  readonly seatFee: string;
  readonly seatBond?: string;
  readonly burnBps: number;
  readonly minStake?: string;
  readonly silentEpochs: number;
  readonly assertionWindow: number;
  readonly openAnswers?: boolean;
}

/** The options that say what a domain is to be. */
export function domainOptions(): Option[] {
  const count = (flags: string, what: string, name: keyof typeof DOMAIN_DEFAULTS) => {
    const [least, most] = DOMAIN_BOUNDS[name];
    return new Option(flags, `${what}: ${least} to ${most}`).argParser(parseCount).default(DOMAIN_DEFAULTS[name]);
  };
  return [
    count("--outcomes <n>", "outcomes of a question", "outcomes"),
    count("--seats <n>", "seats of a first committee", "seats"),
    count("--supermajority-bps <bps>", "share of the weight that decides", "supermajorityBps"),
    count("--max-rounds <n>", "rounds of a question", "maxRounds"),
    new Option("--seat-fee <tokens>", "fee of a seat").argParser(parseAmount).default("1"),
    new Option("--seat-bond <tokens>", `what a seat risks (default: ${BOND_PER_FEE} fees)`).argParser(parseAmount),
    count("--burn-bps <bps>", "share of losses that goes to the sink", "burnBps"),
    new Option(
      "--min-stake <tokens>",
      `no question below it (default: bonds of ${MIN_STAKE_COMMITTEES} committees)`,
    ).argParser(parseAmount),
    count("--silent-epochs <n>", "silence after which an allocation may be trimmed", "silentEpochs"),
    count("--assertion-window <epochs>", "how long an assertion can be disputed", "assertionWindow"),
    new Option("--open-answers", "outcome numbers mean nothing from question to question"),
  ];
}

/** The parameters that the options say. @throws ClientError `BAD_INPUT` where one is out of its bounds */
export function parametersOf(options: DomainOptions, { amount, tokens }: TokenUnits): DomainParameters {
  const { seatFee, seatBond, minStake, ...numbers } = options;
  const choice = {
    ...numbers,
    seatFee: amount(seatFee),
    ...(seatBond !== undefined && { seatBond: amount(seatBond) }),
    ...(minStake !== undefined && { minStake: amount(minStake) }),
  };
  return domainParameters(choice, tokens);
}
