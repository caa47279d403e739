import fc from 'fast-check';

// One seed in CI, so that a submission fails for what it changed; elsewhere every run tries other values.
if (process.env.CI) fc.configureGlobal({ seed: 20_261_124 });
