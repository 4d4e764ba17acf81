// The ack rule on a slow disk: with every sync delayed by 500 ms the tokens of a stream flow as ever, and its end waits for the row.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { chatBody, row, source, startServe, temporary } from './harness.mjs';

const delay_ms = 500;

function slowDisk() {
  const library = path.join(temporary(), 'slow_sync.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, path.join(source, 'tests/serve/slow_sync.c'), '-ldl']);
  return { LD_PRELOAD: library, TEST_SYNC_MS: String(delay_ms), ASAN_OPTIONS: 'verify_asan_link_order=0' };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// When its first token, its last token and its end came, in ms from the send.
async function timed(url) {
  const began = performance.now();
  const times = { first: null, last: null, end: null, id: null };
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: chatBody({ stream: true, max_tokens: 10 }) });
  times.id = response.headers.get('x-request-id');
  let text = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const now = performance.now() - began;
    if (/"content":"[^"]+"/.test(piece)) {
      times.first ??= now;
      times.last = now;
    }
    if (piece.includes('data: [DONE]')) times.end = now;
  }
  assert.ok(text.endsWith('data: [DONE]\n\n'));
  return times;
}

test('first tokens are not late, ends of answers are', { timeout: 120_000 }, async (t) => {
  const serve = await startServe({ env: slowDisk() });
  const times = [];
  for (let round = 0; round < 3; ++round) times.push(...await Promise.all(Array.from({ length: 8 }, () => timed(serve.url))));
  const first = median(times.map((one) => one.first));
  const wait = median(times.map((one) => one.end - one.last));
  t.diagnostic(`first token after ${first.toFixed(0)} ms, end ${wait.toFixed(0)} ms after the last token`);
  assert.ok(first < delay_ms * 0.6, `first token after ${first} ms`);
  assert.ok(wait >= delay_ms * 0.8, `the end came ${wait} ms after the last token, before the disk had the row`);
  for (const one of times) assert.equal(row(serve.dir, one.id).outcome, 'ok');
});

test('an answer that is not streamed waits whole', { timeout: 60_000 }, async () => {
  const serve = await startServe({ env: slowDisk() });
  const began = performance.now();
  const response = await fetch(`${serve.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: chatBody({ max_tokens: 2 }) });
  await response.text();
  assert.ok(performance.now() - began >= delay_ms * 0.8);
  const quick = performance.now();
  assert.equal((await fetch(`${serve.url}/health/live`)).status, 200);
  assert.ok(performance.now() - quick < delay_ms * 0.6, 'the loop itself does not wait for the disk');
});
