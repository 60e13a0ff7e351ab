export { filesOf } from "./files.ts";
export { FOLDERS, SKIPS } from "./lists.ts";
export {
  accountsOf,
  blockOf,
  type StateTest,
  type StateTestFile,
  type TestAccount,
  type TestTransaction,
  transactionOf,
} from "./state-test.ts";
