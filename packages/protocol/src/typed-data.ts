import { utf8ToBytes } from "@noble/hashes/utils.js";
import { addressWord, bytesWord, concatBytes, hashWords, keccak, toBytes, uintWord } from "./hex.ts";
import type { Address, Hex } from "./hex.ts";

/** EIP-712 domain of a contract of Assay. */
export interface AssayDomain {
  readonly name: "Assay";
  readonly version: "1";
  readonly chainId: bigint;
  readonly verifyingContract: Address;
}

const NAME = "Assay";
const VERSION = "1";
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
/** Of type, name and version, which all domains share. */
const DOMAIN_HASHES = [DOMAIN_TYPE, NAME, VERSION].map(hashText);

/** EIP-712 domain of `verifyingContract`. */
export function assayDomain(chainId: bigint | number, verifyingContract: Address): AssayDomain {
  return { name: NAME, version: VERSION, chainId: BigInt(chainId), verifyingContract };
}

/** EIP-712 type hash of a struct. */
export function structTypehash(name: string, fields: readonly { readonly name: string; readonly type: string }[]): Hex {
  return hashText(`${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`);
}

/** EIP-712 domain separator. @throws ProtocolError `OutOfRange`, `MalformedHex` */
export function separatorOf(domain: AssayDomain): Hex {
  return hashWords(
    ...DOMAIN_HASHES.map((hash) => bytesWord(hash)),
    uintWord(domain.chainId),
    addressWord(domain.verifyingContract),
  );
}

/** EIP-712 digest of a struct. @throws ProtocolError `OutOfRange`, `MalformedHex` */
export function digestOf(domain: AssayDomain, structHash: Hex): Hex {
  return keccak(concatBytes(Uint8Array.of(0x19, 0x01), toBytes(separatorOf(domain)), toBytes(structHash)));
}

function hashText(text: string): Hex {
  return keccak(utf8ToBytes(text));
}
