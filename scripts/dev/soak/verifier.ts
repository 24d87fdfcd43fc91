/** The judge as a program: a question on standard input, an answer on standard output. `MISTAKEN` makes it err at times. */
import { json } from "node:stream/consumers";
import { type Asked, judge } from "./judge.ts";

console.log(JSON.stringify(judge((await json(process.stdin)) as Asked, process.env.MISTAKEN === "1")));
