import {
  domainSeparator,
  type Hex,
  keccak,
  type Statement,
  STATEMENT_TYPEHASH,
  type StatementContext,
} from "@assay/protocol";

/** Bytes of an ABI word, and hexadecimal digits of one. */
const WORD = 32;
const DIGITS = 2 * WORD;

/**
 * The digests of one deployment's statements, as the protocol's `statementDigest` makes them: with what is the same for all of them
 * made once, and for numbers that have been looked at already, as those of a message have.
 * @returns the digest of a statement. @throws RangeError if a number is wider than a word
 */
export function createStatementDigest(context: StatementContext): (statement: Statement) => Hex {
  const struct = Buffer.alloc(8 * WORD);
  put(struct, 0, STATEMENT_TYPEHASH);
  const signed = Buffer.alloc(2 + 2 * WORD);
  signed.set([0x19, 0x01]);
  put(signed, 2, domainSeparator(context));
  return ({ agentId, domainId, outcome, contentHash, bond, expiry, nonce }) => {
    putNumber(struct, 1, agentId);
    putNumber(struct, 2, domainId);
    putNumber(struct, 3, outcome);
    put(struct, 4 * WORD, contentHash);
    putNumber(struct, 5, bond);
    putNumber(struct, 6, expiry);
    putNumber(struct, 7, nonce);
    put(signed, 2 + WORD, keccak(struct));
    return keccak(signed);
  };
}

function putNumber(words: Buffer, index: number, value: bigint | number): void {
  const digits = value.toString(16).padStart(DIGITS, "0");
  if (words.write(digits, index * WORD, "hex") !== WORD || digits.length !== DIGITS) {
    throw new RangeError(`${value} does not fit into a word`);
  }
}

function put(bytes: Buffer, offset: number, hash: Hex): void {
  if (hash.length !== 2 + DIGITS || bytes.write(hash.slice(2), offset, "hex") !== WORD) {
    throw new RangeError(`${hash} is no hash`);
  }
}
