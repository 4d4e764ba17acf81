// What tests use: the programs, stopped at the end of the test file.
import { after } from 'node:test';
import { stopAll } from './programs.mjs';

export * from './programs.mjs';

after(stopAll);
