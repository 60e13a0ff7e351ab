export { EXIT, exitCodeOf } from "./exit.ts";
export { createProgram, integer, runProgram } from "./program.ts";
