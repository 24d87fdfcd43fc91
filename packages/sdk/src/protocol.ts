/** The rules in pure TypeScript; the published package carries them in itself. */
export * from "@assay/protocol";
