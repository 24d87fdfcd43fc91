import { ClientError } from "@assay/sdk";
import { fromRoot } from "./paths.ts";

/** A chain of this process, served over HTTP. */
export interface LocalChain {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a chain that mines a block a second, besides one for each transaction.
 * @param startedAt unix seconds of its first block
 * @throws ClientError `BAD_INPUT` if the port is taken
 */
export async function startLocalChain(port: number, startedAt: number): Promise<LocalChain> {
  process.env.HARDHAT_CONFIG ??= fromRoot("hardhat.config.ts");
  const { network } = await import("hardhat");
  const override = {
    mining: { auto: true, interval: 1_000 },
    initialDate: new Date(startedAt * 1000),
    loggingEnabled: false,
  };
  const server = await network.createServer({ network: "default", override }, "127.0.0.1", port);
  try {
    const { address, port: listening } = await server.listen();
    return { url: `http://${address}:${listening}`, close: () => server.close() };
  } catch (cause) {
    throw new ClientError("BAD_INPUT", `port ${port} is taken: stop what listens there, or give another --port`, {
      cause,
    });
  }
}
