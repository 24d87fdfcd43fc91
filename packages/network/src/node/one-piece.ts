import type { ConnectionEncrypter, MessageStream } from "@libp2p/interface";
import { noise } from "@libp2p/noise";

/** Noise, whose messages go to the socket in one piece each: by itself it hands over length and content apart, a packet each. */
export function noiseInOnePiece(): (components: Parameters<ReturnType<typeof noise>>[0]) => ConnectionEncrypter {
  const create = noise();
  return (components) => {
    const inner = create(components);
    const outer = Object.create(inner) as ConnectionEncrypter;
    outer.secureInbound = (connection, options) => inner.secureInbound(inOnePiece(connection), options);
    outer.secureOutbound = (connection, options) => inner.secureOutbound(inOnePiece(connection), options);
    return outer;
  };
}

function inOnePiece<T extends MessageStream>(stream: T): T {
  const send = stream.send.bind(stream);
  stream.send = (data) => send(data.subarray());
  return stream;
}
