export { GroupCommit, type BatchListener, type CommitLimits, type Committed } from './group-commit.js';
export { signalsOf } from './signals-of.js';
