import { type StatementContext, statementDigest } from "@assay/protocol";
import { toMessage, toSignedStatement } from "../statements/message.ts";
import type { StatementStore } from "../statements/store.ts";
import type { OwnStatements } from "./desk.ts";

/** More than an agent can have stated about one content at a time. */
const MOST = 64;

/** An agent's own statements, pinned in its store. @param now unix seconds of the chain */
export function ownStatements(
  store: StatementStore,
  context: StatementContext,
  agentId: bigint,
  now: () => number,
): OwnStatements {
  return {
    about: (domainId, contentHash, time) =>
      store
        .page({ domainId, contentHash, agentId, now: time, limit: MOST })
        .map((stored) => toSignedStatement(context, stored)),
    openBonds: (time) => store.committed(agentId, time),
    keep: (signed) => {
      const hash = statementDigest(context, signed.statement);
      store.put({ hash, message: toMessage(context, signed), source: null, receivedAt: now() });
      store.pin([hash]);
    },
  };
}
