import * as v from "valibot";
import { isHttpUrl } from "./input.ts";

/** The part of the configuration that says how an agent runs: docs/agent.md. */

const Text = v.pipe(v.string("expected a text"), v.minLength(1, "expected a text that is not empty"));
const Url = v.pipe(
  v.string("expected a URL"),
  v.check(isHttpUrl, "expected a URL that begins with http:// or https://"),
);
const Amount = v.pipe(
  v.string('expected an amount as text, such as "12.5"'),
  v.regex(/^\d{1,60}(\.\d{1,18})?$/, 'expected an amount such as "12.5"'),
);
const Count = v.pipe(
  v.number("expected a number"),
  v.integer("expected a whole number"),
  v.minValue(1, "expected 1 or more"),
);
const Seconds = v.pipe(v.number("expected seconds"), v.minValue(0.05, "expected more than 0 seconds"));
const Flag = v.boolean("expected true or false");
const Share = v.pipe(
  v.number("expected a number from 0 to 1"),
  v.minValue(0, "expected a number from 0 to 1"),
  v.maxValue(1, "expected a number from 0 to 1"),
);
const strict = ({ expected }: v.StrictObjectIssue): string =>
  expected === "never" ? "there is no such setting" : expected === "Object" ? "expected an object" : "is missing";

const Listen = v.strictObject(
  {
    host: v.optional(Text),
    port: v.pipe(v.number("expected a port"), v.integer("expected a port"), v.minValue(0), v.maxValue(65_535)),
  },
  strict,
);

const ChatSchema = v.strictObject(
  {
    kind: v.literal("chat"),
    url: Url,
    model: Text,
    apiKeyEnv: v.optional(Text),
    instructions: Text,
    outcomes: v.pipe(v.array(Text, "expected a list of texts"), v.minLength(2, "expected two outcomes or more")),
    maxContent: v.optional(Count, 32_768),
    maxTokens: v.optional(Count, 512),
    timeoutSeconds: v.optional(Seconds, 120),
  },
  strict,
);
const HttpSchema = v.strictObject(
  { kind: v.literal("http"), url: Url, tokenEnv: v.optional(Text), timeoutSeconds: v.optional(Seconds, 60) },
  strict,
);
const CommandSchema = v.strictObject(
  {
    kind: v.literal("command"),
    command: v.tupleWithRest([Text], v.string("expected a text"), "expected a list of a program and its arguments"),
    folder: v.optional(Text),
    env: v.optional(v.record(v.string(), v.string("expected a text"), "expected an object of texts")),
    timeoutSeconds: v.optional(Seconds, 60),
  },
  strict,
);
const ConstantSchema = v.strictObject(
  {
    kind: v.literal("constant"),
    outcome: v.pipe(v.number("expected an outcome"), v.integer("expected an outcome"), v.minValue(0), v.maxValue(15)),
  },
  strict,
);
const VerifierSchema = v.variant("kind", [ChatSchema, HttpSchema, CommandSchema, ConstantSchema], ({ expected }) =>
  expected === "Object" ? "expected an object" : 'expected one of "chat", "http", "command" and "constant"',
);

const DomainId = v.pipe(v.string(), v.regex(/^[1-9]\d*$/, "expected a domain's number"));

/** How one agent runs. */
export const AgentRunSchema = v.strictObject(
  {
    domains: v.record(
      DomainId,
      v.strictObject({ verifier: VerifierSchema }, strict),
      "expected an object of domains by their numbers",
    ),
    policy: v.optional(
      v.strictObject(
        {
          minConfidence: v.optional(Share),
          keepAliveEpochs: v.optional(Count),
          maxExposurePerEpoch: v.optional(Amount),
          maxExposure: v.optional(Amount),
          maxEtherPerDay: v.optional(Amount),
          maxFeePerGas: v.optional(Amount),
          concurrency: v.optional(Count),
        },
        strict,
      ),
    ),
    contents: v.optional(
      v.strictObject(
        {
          maxSize: v.optional(Count),
          timeoutSeconds: v.optional(Seconds),
          http: v.optional(Flag),
          gateway: v.optional(Url),
          folders: v.optional(v.array(Text, "expected a list of folders")),
          privateAddresses: v.optional(Flag),
        },
        strict,
      ),
    ),
    relayer: v.optional(v.strictObject({ url: Url, fee: Amount }, strict)),
    network: v.optional(
      v.strictObject(
        {
          listen: v.optional(v.array(Text, "expected a list of addresses"), []),
          bootstrap: v.optional(v.array(Text, "expected a list of addresses"), []),
          targetPeers: v.optional(Count),
          minStake: v.optional(Amount),
          maxBond: v.optional(Amount),
          maxOpen: v.optional(Amount),
          maxValidForSeconds: v.optional(Count),
          concurrency: v.optional(Count),
          perMinute: v.optional(Count),
          confirmations: v.optional(Count),
          metrics: v.optional(Listen),
        },
        strict,
      ),
    ),
    listen: v.optional(Listen),
    warnings: v.optional(
      v.strictObject(
        {
          freeStake: v.optional(Amount),
          ether: v.optional(Amount),
          secrets: v.optional(Count),
          webhook: v.optional(Url),
        },
        strict,
      ),
    ),
    pollSeconds: v.optional(Seconds),
  },
  strict,
);

/** How one agent runs, as the configuration has it. */
export type AgentRunConfig = v.InferOutput<typeof AgentRunSchema>;

/** How one domain's questions are answered. */
export type VerifierConfig = v.InferOutput<typeof VerifierSchema>;
