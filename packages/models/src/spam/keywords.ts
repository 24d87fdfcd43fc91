import type { Scorer } from "./classifier.ts";

/** Hand-written rules with their points, in the manner of the first mail filters. Nothing is learnt but the threshold. */
const RULES: readonly (readonly [pattern: RegExp, points: number])[] = [
  [/\bclick (?:here|below|on the link)\b/i, 2],
  [/\b(?:unsubscribe|remove(?:d)? from (?:our|this|the) (?:mailing )?list|opt.?out)\b/i, 1],
  [/\b(?:100% free|free (?:trial|offer|shipping|quote|info)|absolutely free)\b/i, 2],
  [/\b(?:money.?back guarantee|satisfaction guaranteed|no obligation|risk.?free)\b/i, 2],
  [/\b(?:viagra|weight loss|lose weight|diet|hgh|enlarge)\b/i, 2],
  [/\b(?:mortgage|refinanc\w+|lowest rates?|debt|credit card)\b/i, 1.5],
  [/\b(?:make money|earn \$|extra income|work (?:at|from) home|financial freedom|get rich)\b/i, 2],
  [/\b(?:million|us\$|usd)\b.*\b(?:transfer|account|bank)\b/is, 1.5],
  [/\b(?:act now|limited time|order now|call now|special offer|don't miss)\b/i, 1.5],
  [/\b(?:adult|xxx|porn|sexy?|girls)\b/i, 1.5],
  [/\b(?:dear (?:friend|sir|madam)|congratulations|winner)\b/i, 1],
  [/\btoll.?free\b|\b1-8\d\d-/i, 1],
  [/<html|<font|<table/i, 1.5],
  [/!{3,}|\${2,}/, 1],
  [/^\s*>/m, -1.5],
  [/\b(?:wrote|writes):/i, -1.5],
  [/\b(?:linux|perl|python|kernel|patch|cvs|rpm|gnome|debian|bug)\b/i, -1],
];

export function trainKeywords(): Scorer {
  return ({ source }) => RULES.reduce((sum, [pattern, points]) => sum + (pattern.test(source) ? points : 0), 0);
}
