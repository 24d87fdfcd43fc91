import { type StatementContext, statementDigest } from "@assay/protocol";
import { toMessage, toSignedStatement } from "../statements/message.ts";
import type { StatementStore } from "../statements/store.ts";
import type { OwnStatements } from "./desk.ts";

/** More than an agent can have stated about one content at a time. */
const MOST = 64;

/**
 * An agent's own statements, pinned in its stores.
 * @param secret those that are for one asker alone: the other store is open to peers
 * @param now unix seconds of the chain
 */
export function ownStatements(
  stores: { readonly open: StatementStore; readonly secret: StatementStore },
  context: StatementContext,
  agentId: bigint,
  now: () => number,
): OwnStatements {
  const both = [stores.open, stores.secret];
  return {
    about: (domainId, contentHash, time) =>
      both
        .flatMap((store) => store.page({ domainId, contentHash, agentId, now: time, limit: MOST }))
        .map((stored) => toSignedStatement(context, stored)),
    openBonds: (time) => both.reduce((sum, store) => sum + store.committed(agentId, time), 0n),
    keep: (signed, secret) => {
      const store = secret ? stores.secret : stores.open;
      const hash = statementDigest(context, signed.statement);
      store.put({ hash, message: toMessage(context, signed), source: null, receivedAt: now() });
      store.pin([hash]);
    },
  };
}
