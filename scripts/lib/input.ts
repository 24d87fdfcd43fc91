import { claimIdOf, type Hex } from "@assay/protocol";
import { isAddress, isHexString } from "ethers";
import { InvalidArgumentError } from "commander";

/** Parsers of command-line options: each returns the value or says in a few words what was expected. */

/** An address, checksummed if it has mixed case. */
export function parseAddress(text: string): string {
  if (!isAddress(text)) throw new InvalidArgumentError("expected an address: 0x and 40 hex digits, checksum intact");
  return text;
}

/** An agent id: a decimal number. */
export function parseAgentId(text: string): bigint {
  return parseUint(text, "an agent id", (1n << 256n) - 1n);
}

/** Agent ids with commas between them. */
export function parseAgentIds(text: string): bigint[] {
  return text.split(",").map((part) => parseAgentId(part.trim()));
}

/** A domain's number, from 1. */
export function parseDomainId(text: string): number {
  const id = Number(parseUint(text, "a domain's number", 0xffff_ffffn));
  if (id === 0) throw new InvalidArgumentError("expected a domain's number, counted from 1");
  return id;
}

/** An outcome's number: 0 to 15. */
export function parseOutcome(text: string): number {
  return Number(parseUint(text, "an outcome", 15n));
}

/** Whole number from 0. */
export function parseCount(text: string): number {
  return Number(parseUint(text, "a whole number", BigInt(Number.MAX_SAFE_INTEGER)));
}

/** An amount of tokens, such as 12.5; scaled by the token's decimals later. */
export function parseAmount(text: string): string {
  if (!/^\d{1,60}(\.\d+)?$/.test(text)) {
    throw new InvalidArgumentError("expected an amount of tokens such as 250 or 12.5");
  }
  if (/^[0.]+$/.test(text)) throw new InvalidArgumentError("expected more than 0");
  return text;
}

/** 32 bytes as hex. */
export function parseBytes32(text: string): Hex {
  if (!isHexString(text, 32)) throw new InvalidArgumentError("expected 0x and 64 hex digits");
  return text.toLowerCase() as Hex;
}

/** A claim's id: 32 bytes; a question's id of 24 bytes is the claim id of an asked question. */
export function parseClaimId(text: string): Hex {
  if (isHexString(text, 24)) return claimIdOf(text);
  if (!isHexString(text, 32)) {
    throw new InvalidArgumentError("expected a claim id (0x and 64 hex digits) or a question id (0x and 48)");
  }
  return text.toLowerCase() as Hex;
}

function parseUint(text: string, what: string, maximum: bigint): bigint {
  if (!/^\d{1,78}$/.test(text)) throw new InvalidArgumentError(`expected ${what}, a decimal number`);
  const value = BigInt(text);
  if (value > maximum) throw new InvalidArgumentError(`expected ${what} of at most ${maximum}`);
  return value;
}
