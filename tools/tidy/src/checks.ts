import type { Check } from "./check.ts";
import { bareErrors } from "./checks/bare-errors.ts";
import { changesets } from "./checks/changesets.ts";
import { commitMessages } from "./checks/commit-messages.ts";
import { deadReferences } from "./checks/dead-references.ts";
import { discriminators } from "./checks/discriminators.ts";
import { fileLength } from "./checks/file-length.ts";
import { generatedFiles } from "./checks/generated-files.ts";
import { homes } from "./checks/homes.ts";
import { manifests } from "./checks/manifests.ts";
import { specCitations } from "./checks/spec-citations.ts";
import { specClauses } from "./checks/spec-clauses.ts";

export const CHECKS: readonly Check[] = [
  deadReferences,
  specCitations,
  specClauses,
  bareErrors,
  fileLength,
  generatedFiles,
  manifests,
  homes,
  discriminators,
  changesets,
  commitMessages,
];
