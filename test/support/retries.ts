import { relative } from 'node:path';

/** Tests against real servers, on a machine that others use as well. */
const REAL = /^test\/(integration|e2e)\//;

// A last resort: the summary names what passed only at the second try, and that is a bug to be mended.
const { testPath } = expect.getState();
if (REAL.test(relative(process.cwd(), testPath ?? ''))) jest.retryTimes(1, { logErrorsBeforeRetry: true });
