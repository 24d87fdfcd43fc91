/** A package in package-lock.json, as far as licences go. */
export interface LockEntry {
  version?: string;
  license?: string;
  link?: boolean;
}

/** SPDX ids of licences that ask for no more than a notice. */
const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSL-1.0",
  "CC-BY-3.0",
  "CC-BY-4.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Python-2.0",
  "Unlicense",
  "WTFPL",
  "Zlib",
]);

/** Licences of packages whose package.json names none that npm can read, as found in the package itself. */
const NOT_STATED: Record<string, string> = {
  "@nomicfoundation/ignition-ui@3.2.0": "MIT", // in its LICENSE file
  "lande@1.0.10": "MIT", // in its license file
  "memorystream@0.3.1": "MIT", // in the old `licenses` field
  "toygrad@2.6.0": "MIT", // in its license file
};

/** Whether an SPDX expression can be met by permissive licences alone. One that mixes AND and OR is not understood. */
export function isPermissive(expression: string): boolean {
  const terms = expression.replace(/[()]/g, "").replace(/ WITH \S+/g, "");
  if (terms.includes(" AND ") && terms.includes(" OR ")) return false;
  const known = (id: string): boolean => PERMISSIVE.has(id.trim());
  return terms.includes(" AND ") ? terms.split(" AND ").every(known) : terms.split(" OR ").some(known);
}

/** The third-party packages of a lock file that no permissive licence covers, with what they say of their licence. */
export function findForbidden(packages: Record<string, LockEntry>): { path: string; licence: string | undefined }[] {
  return Object.entries(packages)
    .filter(([path, entry]) => path.includes("node_modules/") && entry.link !== true)
    .map(([path, { version, license }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      return { path, licence: license ?? NOT_STATED[`${name}@${version}`] };
    })
    .filter(({ licence }) => licence === undefined || !isPermissive(licence));
}
