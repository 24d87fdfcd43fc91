#!/usr/bin/env node
import { keepSmall } from "./lib/memory.ts";

keepSmall();
const [{ processIo }, { main }] = await Promise.all([import("./lib/io.ts"), import("./program.ts")]);
process.exitCode = await main(processIo(), process.argv.slice(2));
