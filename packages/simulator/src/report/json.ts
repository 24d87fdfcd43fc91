/** JSON of what a simulation came to, the same for the same result: amounts in wei as decimal strings, nothing that is not finite. */
export function toJson(value: unknown): string {
  const replace = (_: string, field: unknown) => (typeof field === "bigint" ? String(field) : field);
  return `${JSON.stringify(value, replace, 2)}\n`;
}
