import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { SimulatorError } from "../errors.ts";

const NEWLINE = 0x0a;
/** A sequence of UTF-8 is at most so long. */
const LONGEST_CHARACTER = 4;

/** What a file's columns must and may be called. */
export interface Columns {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export interface CsvShape {
  /** Columns that the file has beyond the known ones. */
  readonly ignored: readonly string[];
  /** Rows with more cells than the header. */
  readonly tooLong: readonly number[];
}

/**
 * Reads a CSV file row by row, without holding it in memory. The header is row 1.
 * @param onRow cells in the order of `required`, then `optional`, trimmed; "" where a cell, or an optional column, is missing
 * @throws SimulatorError `DATA_UNREADABLE`; `DATA_MALFORMED` with the row, where it is not UTF-8, not CSV or lacks a column
 */
export async function readCsv(
  path: string,
  { required, optional }: Columns,
  onRow: (cells: readonly string[], row: number) => void,
): Promise<CsvShape> {
  const name = basename(path);
  const known = [...required, ...optional];
  const tooLong: number[] = [];
  let header: readonly string[] | undefined;
  let places: readonly number[] = [];
  let row = 0;
  const consume = async (records: AsyncIterable<string[]>) => {
    for await (const record of records) {
      row++;
      if (header === undefined) {
        header = record.map((column) => column.toLowerCase());
        places = placesOf(name, header, required, known);
        continue;
      }
      if (record.length > header.length) tooLong.push(row);
      onRow(
        places.map((place) => record[place] ?? ""),
        row,
      );
    }
  };
  try {
    await pipeline(
      createReadStream(path),
      requireUtf8(name),
      parse({ bom: true, trim: true, relax_column_count: true }),
      consume,
    );
  } catch (error) {
    throw refusalOf(error, path, name);
  }
  if (header === undefined) {
    throw new SimulatorError("DATA_MALFORMED", `${name} is empty: row 1 must be ${required.join(",")}`);
  }
  return { ignored: header.filter((column) => !known.includes(column)), tooLong };
}

/** Where the known columns stand; -1 where an optional one is missing. */
function placesOf(
  name: string,
  header: readonly string[],
  required: readonly string[],
  known: readonly string[],
): readonly number[] {
  const missing = required.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const columns = missing.length === 1 ? "column" : "columns";
    throw new SimulatorError(
      "DATA_MALFORMED",
      `${name}, row 1: no ${columns} ${missing.join(", ")} in "${header.join(",").slice(0, 200)}"`,
    );
  }
  return known.map((column) => header.indexOf(column));
}

function refusalOf(error: unknown, path: string, name: string): unknown {
  if (error instanceof CsvError) {
    return new SimulatorError("DATA_MALFORMED", `${name}: ${error.message}`, { cause: error });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof SimulatorError || code === undefined) return error;
  const reason = code === "ENOENT" ? "there is no such file" : code;
  return new SimulatorError("DATA_UNREADABLE", `${path} cannot be read: ${reason}`, { cause: error });
}

/** Passes bytes on as they are, or fails with the row of the first one that is not UTF-8. */
function requireUtf8(name: string): Transform {
  let rest: Buffer = Buffer.alloc(0);
  let row = 1;
  const check = (bytes: Buffer) => {
    if (!isUtf8(bytes)) {
      throw new SimulatorError("DATA_MALFORMED", `${name}, row ${row + rowsBefore(bytes)}: bytes that are not UTF-8`);
    }
    row += newlines(bytes);
  };
  const attempt = (done: (error: Error | null, bytes?: Buffer) => void, step: () => Buffer) => {
    try {
      done(null, step());
    } catch (error) {
      done(error as Error);
    }
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      attempt(done, () => {
        const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        const end = lastBoundary(bytes);
        check(bytes.subarray(0, end));
        rest = bytes.subarray(end);
        return bytes.subarray(0, end);
      });
    },
    flush(done) {
      attempt(done, () => {
        check(rest);
        return rest;
      });
    },
  });
}

/** End of the last whole character: a chunk may end within one. */
function lastBoundary(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(LONGEST_CHARACTER, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length - back + 1;
    if (byte >= 0xc0) return bytes.length - back;
  }
  return bytes.length;
}

/** How many whole rows come before the first that is not UTF-8. */
function rowsBefore(bytes: Buffer): number {
  let start = 0;
  for (let rows = 0; ; rows++) {
    const end = bytes.indexOf(NEWLINE, start);
    // No character of several bytes has a newline in it.
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return rows;
    start = end + 1;
  }
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
