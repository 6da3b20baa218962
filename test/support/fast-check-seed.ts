import { configureGlobal } from 'fast-check';

// The seed of this run was chosen in global-setup.mjs. With it, randomised tests and fc.sample draw the same in every run.
configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED']) });
