import {
  chatVerifier,
  commandVerifier,
  constantVerifier,
  CONTENT_DEFAULTS,
  contentSource,
  type Happening,
  httpVerifier,
  Relayer,
  type RuntimeOptions,
  type Verifier,
} from "@assay/agent";
import { parseEther, parseUnits } from "ethers";
import { dirname, resolve } from "node:path";
import type { AgentRunConfig, VerifierConfig } from "./agent-config.ts";
import { fail, messageOf } from "./errors.ts";
import { type Io, toJson } from "./io.ts";
import type { Session } from "./session.ts";

/** Confidence below which an agent abstains unless told. */
const MIN_CONFIDENCE = 0.7;
/** Questions that are answered at the same time unless told. */
const CONCURRENCY = 4;
/** How long a webhook may take, ms. */
const WEBHOOK_TIMEOUT = 10_000;

/** What of a runtime's options the configuration decides. */
export function runtimeOptionsOf(
  { config, io, amount }: Session,
  run: AgentRunConfig,
  dryRun: boolean,
): Pick<RuntimeOptions, "domains" | "verification" | "policy" | "warnings" | "maxFeePerGas" | "relayer" | "pollMs"> {
  const folder = config.path === null ? process.cwd() : dirname(config.path);
  const { policy = {}, contents = {}, relayer, warnings = {}, pollSeconds } = run;
  const { timeoutSeconds, folders, ...fetching } = contents;
  const verifiers = new Map(
    Object.entries(run.domains).map(([id, { verifier }]) => [Number(id), verifierOf(verifier, io.env, folder)]),
  );
  return {
    domains: [...verifiers.keys()],
    verification: {
      verifiers,
      contentOf: contentSource({
        ...CONTENT_DEFAULTS,
        ...fetching,
        ...(timeoutSeconds !== undefined && { timeoutMs: timeoutSeconds * 1000 }),
        ...(folders !== undefined && { folders: folders.map((path) => resolve(folder, path)) }),
      }),
      minConfidence: policy.minConfidence ?? MIN_CONFIDENCE,
      concurrency: policy.concurrency ?? CONCURRENCY,
    },
    policy: {
      keepAliveEpochs: policy.keepAliveEpochs ?? 1,
      limits: {
        ...(policy.maxExposurePerEpoch !== undefined && { perEpoch: amount(policy.maxExposurePerEpoch) }),
        ...(policy.maxExposure !== undefined && { total: amount(policy.maxExposure) }),
      },
      maxEtherPerDay: policy.maxEtherPerDay === undefined ? null : parseEther(policy.maxEtherPerDay),
      dryRun,
    },
    warnings: {
      ...(warnings.secrets !== undefined && { secrets: warnings.secrets }),
      ...(warnings.freeStake !== undefined && { freeStake: amount(warnings.freeStake) }),
      ...(warnings.ether !== undefined && { ether: parseEther(warnings.ether) }),
    },
    ...(policy.maxFeePerGas !== undefined && { maxFeePerGas: gwei(policy.maxFeePerGas) }),
    ...(relayer !== undefined && { relayer: new Relayer(relayer.url, amount(relayer.fee)) }),
    ...(pollSeconds !== undefined && { pollMs: pollSeconds * 1000 }),
  };
}

/** Writes what happens to standard error, as lines for people or as JSON, and alerts to the webhook. */
export function reporter(
  io: Io,
  json: boolean,
  webhook: { readonly url: string; readonly about: object } | null,
): (happening: Happening) => void {
  const write = ({ level, event, message, fields }: Happening) => {
    const time = new Date().toISOString();
    if (level === "debug" && io.env.ASSAY_DEBUG === undefined) return;
    const line = json
      ? toJson({ time, level, event, message, ...fields })
      : `${time} ${level === "info" ? "" : `${level}: `}${message}`;
    io.stderr.write(`${line}\n`);
  };
  return (happening) => {
    write(happening);
    if (happening.event !== "alert" || webhook === null) return;
    const body = toJson({ ...webhook.about, ...happening.fields, message: happening.message });
    const headers = { "content-type": "application/json" };
    fetch(webhook.url, { method: "POST", headers, body, signal: AbortSignal.timeout(WEBHOOK_TIMEOUT) })
      .then((response) => {
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
      })
      .catch((error: unknown) => {
        write({ level: "warn", event: "webhook", message: `the webhook was not told: ${messageOf(error)}` });
      });
  };
}

function verifierOf(verifier: VerifierConfig, env: NodeJS.ProcessEnv, folder: string): Verifier {
  if (verifier.kind === "constant") return constantVerifier(verifier.outcome);
  const { timeoutSeconds } = verifier;
  const timeoutMs = timeoutSeconds * 1000;
  if (verifier.kind === "command") {
    const { command, env: own = {} } = verifier;
    return commandVerifier({ command, timeoutMs, env: own, folder: resolve(folder, verifier.folder ?? ".") });
  }
  if (verifier.kind === "http") {
    const token = secretOf(verifier.tokenEnv, env);
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    return httpVerifier({ url: verifier.url, timeoutMs, headers });
  }
  const { apiKeyEnv, kind: _, timeoutSeconds: __, ...chat } = verifier;
  const apiKey = secretOf(apiKeyEnv, env);
  return chatVerifier({ ...chat, timeoutMs, ...(apiKey !== null && { apiKey }) });
}

/** A secret of the environment: the configuration only names it. @throws CliError `BAD_INPUT` if it is not there */
function secretOf(name: string | undefined, env: NodeJS.ProcessEnv): string | null {
  if (name === undefined) return null;
  return env[name] || fail(`the configuration names $${name}, which is not set`);
}

function gwei(text: string): bigint {
  const [, decimals = ""] = text.split(".");
  return decimals.length > 9 ? fail(`${text} gwei has more than 9 decimals`) : parseUnits(text, "gwei");
}
