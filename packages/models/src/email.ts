import PostalMime from "postal-mime";

const IDENTITY_ENCODINGS = new Set(["", "7bit", "8bit", "binary"]);

/** Mailing list software appends this to list mail only: it would tell the collection, not the content. */
const LIST_FOOTER = /\n_{20,}\n(?=[\s\S]{0,400}(?:mailing list|listinfo))[\s\S]*$/i;

/**
 * The content of a raw e-mail without any header: its text parts decoded, or its HTML source if it
 * has no text part; line ends normalised, mailing list footer removed.
 */
export async function emailContent(raw: string): Promise<string> {
  const message = raw.replace(/\r\n/g, "\n");
  const end = message.indexOf("\n\n");
  const head = end < 0 ? message : message.slice(0, end);
  const body = end < 0 ? "" : message.slice(end + 2);
  const fields = mimeFields(head);
  return (await decodeBody(fields, body)).replace(LIST_FOOTER, "").trim();
}

/** The Content-* fields of a head, unfolded. All the others are dropped here. */
function mimeFields(head: string): string[] {
  return head
    .replace(/\n[ \t]+/g, " ")
    .split("\n")
    .filter((line) => /^content-(type|transfer-encoding):/i.test(line));
}

async function decodeBody(fields: readonly string[], body: string): Promise<string> {
  const type = fieldValue(fields, "content-type");
  const encoding = fieldValue(fields, "content-transfer-encoding");
  // Nine of ten messages need no decoding, and parsing them would take most of the loading time.
  if ((type === "" || type.startsWith("text/")) && IDENTITY_ENCODINGS.has(encoding)) return body;
  const mail = await PostalMime.parse(`MIME-Version: 1.0\n${fields.join("\n")}\n\n${body}`);
  return (mail.text?.trim() || mail.html || "").replace(/\r\n/g, "\n");
}

/** Value of a field without its parameters, lower case; empty when the field is missing. */
function fieldValue(fields: readonly string[], name: string): string {
  const line = fields.find((field) => field.toLowerCase().startsWith(`${name}:`)) ?? "";
  return (line.slice(name.length + 1).split(";")[0] ?? "").trim().toLowerCase();
}
