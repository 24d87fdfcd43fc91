/** The n-th claim: 100 bytes of text, none of them zero, put on chain in full by every system that is asked about it. */
export function claimText(n: number): string {
  const text = `Claim ${n}: the e-mail whose SHA-256 begins with 9f86d081884c7d65 is spam and not a newsletter`;
  return text.padEnd(100, ".");
}
