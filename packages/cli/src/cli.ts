#!/usr/bin/env node
import { processIo } from "./lib/io.ts";
import { main } from "./program.ts";

process.exitCode = await main(processIo(), process.argv.slice(2));
