// curl, and bytes typed by hand.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { curl as request, execute } from './curl.mjs';
import { chatBody, environment, eventually, events, raw, row, rows, startServe, temporary } from '../serve/harness.mjs';

let serve;
before(async () => { serve = await startServe(); });

const curl = (args, { route = '/v1/chat/completions' } = {}) => request(serve.url + route, args);

const json = ['-H', 'Content-Type: application/json'];

test('JSON', async () => {
  const answer = await curl([...json, '-d', chatBody()]);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^application\/json/);
  assert.equal(Number(answer.headers.get('content-length')), Buffer.byteLength(answer.body));
  const { usage } = JSON.parse(answer.body);
  assert.equal(row(serve.dir, answer.headers.get('x-request-id')).completion_tokens, usage.completion_tokens);
});

test('server-sent events', async () => {
  const answer = await curl(['-N', ...json, '-d', chatBody({ stream: true })]);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^text\/event-stream/);
  assert.ok(answer.body.endsWith('data: [DONE]\n\n'));
  assert.ok(events(answer.body).length > 10);
});

test('HTTP/1.0: JSON and a stream, ended by the close', async () => {
  for (const stream of [false, true]) {
    const answer = await curl(['--http1.0', ...json, '-d', chatBody({ stream })]);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('transfer-encoding'), undefined);
    if (stream) assert.ok(answer.body.endsWith('data: [DONE]\n\n'));
    else assert.ok(JSON.parse(answer.body).choices);
  }
});

test('keep-alive: two requests on one connection', async () => {
  const { stderr } = await execute('curl', ['-q', '-sS', '-v', '-o', '/dev/null', '-o', '/dev/null', `${serve.url}/health`, `${serve.url}/v1/models`], { env: environment() });
  assert.match(stderr, /Re-using existing connection/);
});

test('HEAD answers without a body', async () => {
  for (const route of ['/health', '/v1/models']) {
    const answer = await curl(['-I'], { route });
    assert.equal(answer.status, 200);
    assert.equal(answer.body, '');
    assert.ok(answer.headers.get('x-request-id'));
  }
});

test('H17: Expect: 100-continue', async () => {
  const answer = await curl([...json, '-H', 'Expect: 100-continue', '-d', chatBody()]);
  assert.match(answer.heads[0], /^HTTP\/1\.1 100/);
  assert.equal(answer.status, 200);
  const other = await curl([...json, '-H', 'Expect: the-unexpected', '-d', chatBody()]);
  assert.equal(other.status, 417);
});

test('H16: a body announced as too large is refused before it is read', async () => {
  const file = path.join(temporary(), 'large');
  fs.writeFileSync(file, Buffer.alloc(33 << 20, 0x20));
  const answer = await curl([...json, '--data-binary', `@${file}`]);
  assert.equal(answer.status, 413);
  assert.ok(answer.headers.get('x-request-id'));
});

test('every answer has an X-Request-Id of its own, refusals and framing errors as well', async () => {
  const seen = new Set();
  const note = (id, what) => {
    assert.ok(id, what);
    assert.ok(!seen.has(id), `${what}: a second time`);
    seen.add(id);
  };
  for (const route of ['/health', '/health/live', '/health/ready', '/metrics', '/v1/models', '/nowhere', '/v1/%zz']) {
    const answer = await curl([], { route });
    note(answer.headers.get('x-request-id'), `${route} ${answer.status}`);
  }
  const wrong = [[...json, '-d', '{'], [...json, '-d', '[]'], ['-H', 'Content-Type: text/plain', '-d', 'x'], ['-X', 'DELETE'],
                 [...json, '-d', chatBody({ model: 'none' })], [...json, '-H', 'X-Request-Id: mine', '-d', chatBody()]];
  for (const args of wrong) note((await curl(args)).headers.get('x-request-id'), args.join(' '));
  const framing = ['GET / HTTP/1.1\r\n\r\n', 'nonsense\r\n\r\n', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx',
                   'GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', 'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n'];
  for (const bytes of framing) {
    const answer = await raw(serve.port, bytes);
    assert.match(answer, /^HTTP\/1\.1 [45]\d\d /, bytes);
    note(/\r\nx-request-id: (\S+)/i.exec(answer)?.[1], bytes);
  }
});

test('the caller\'s own X-Request-Id is kept beside ours', async () => {
  const answer = await curl([...json, '-H', 'X-Request-Id: mine-42', '-d', chatBody()]);
  const id = answer.headers.get('x-request-id');
  assert.notEqual(id, 'mine-42');
  assert.equal(row(serve.dir, id).client_request_id, 'mine-42');
});

test('a client that hangs up in mid-stream leaves a row `cancelled`', async () => {
  const before = rows(serve.dir).length;
  const body = chatBody({ stream: true });
  await raw(serve.port, `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, 100);
  await eventually('the row', () => rows(serve.dir).slice(before).some((one) => one.outcome === 'cancelled' && one.completion_tokens > 0));
});
