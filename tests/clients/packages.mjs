// npm's packages are installed outside the source tree (packaging/test.sh does it): build/clients, or $TEST_PACKAGES.
import { createRequire } from 'node:module';
import path from 'node:path';
import { source } from '../serve/harness.mjs';

export const place = process.env.TEST_PACKAGES ?? path.join(source, 'build/clients');
export const load = createRequire(path.join(place, 'package.json'));
