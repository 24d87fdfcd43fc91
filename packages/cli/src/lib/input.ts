import { claimIdOf, type Hex } from "@assay/sdk/protocol";
import { InvalidArgumentError } from "commander";
import { isAddress, isHexString } from "ethers";

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

/** A port of TCP; 0 is any that is free. */
export function parsePort(text: string): number {
  return Number(parseUint(text, "a port", 65_535n));
}

/** A time of ISO 8601, such as 2026-11-29 or 2026-11-29T10:00Z, as unix seconds. */
export function parseTime(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError("expected a time such as 2026-11-29 or 2026-11-29T10:00Z");
  return Math.floor(ms / 1000);
}

/** An amount of tokens above 0, such as 12.5; scaled by the token's decimals later. */
export function parseAmount(text: string): string {
  if (/^[0.]+$/.test(parseAmountOrZero(text))) throw new InvalidArgumentError("expected more than 0");
  return text;
}

/** An amount of tokens, such as 12.5 or 0. */
export function parseAmountOrZero(text: string): string {
  if (!/^\d{1,60}(\.\d+)?$/.test(text)) {
    throw new InvalidArgumentError("expected an amount of tokens such as 250 or 12.5");
  }
  return text;
}

/** 32 bytes as hex. */
export function parseBytes32(text: string): Hex {
  if (!isHexString(text, 32)) throw new InvalidArgumentError("expected 0x and 64 hex digits");
  return text.toLowerCase() as Hex;
}

/** A claim's id: 32 bytes; a question's id of 24 bytes is the claim id of an asked question. */
export function parseClaimId(text: string): Hex {
  if (isHexString(text, 24)) return claimIdOf(text.toLowerCase() as Hex);
  if (!isHexString(text, 32)) {
    throw new InvalidArgumentError("expected a claim id (0x and 64 hex digits) or a question id (0x and 48)");
  }
  return text.toLowerCase() as Hex;
}

/** An HTTP URL. */
export function parseUrl(text: string): string {
  if (!isHttpUrl(text)) throw new InvalidArgumentError("expected a URL that begins with http:// or https://");
  return text;
}

/** Whether a text is an HTTP URL. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function parseUint(text: string, what: string, maximum: bigint): bigint {
  if (!/^\d{1,78}$/.test(text)) throw new InvalidArgumentError(`expected ${what}, a decimal number`);
  const value = BigInt(text);
  if (value > maximum) throw new InvalidArgumentError(`expected ${what} of at most ${maximum}`);
  return value;
}
