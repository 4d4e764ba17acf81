// `genai serve` as a process: who owns the ledger, who owns the port, how it ends, and what other programs read meanwhile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { chat, eventually, genai, query, raw, row, rows, startServe, startSim, temporary } from './harness.mjs';

test('sqlite3 reads the rows from outside while serve writes them', async () => {
  const serve = await startServe();
  const ids = [];
  for (let i = 0; i < 20; ++i) {
    const answer = await chat(serve.url, { stream: i % 2 === 1, stream_options: i % 2 === 1 ? { include_usage: true } : undefined });
    const usage = i % 2 === 1 ? answer.events.at(-1).usage : JSON.parse(answer.text).usage;
    const found = row(serve.dir, answer.id);  // there the moment the answer is complete
    assert.deepEqual([found.prompt_tokens, found.completion_tokens, found.outcome], [usage.prompt_tokens, usage.completion_tokens, 'ok']);
    ids.push(answer.id);
  }
  assert.deepEqual(query(serve.dir, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  assert.equal(await serve.stop(), 0);
  assert.deepEqual(rows(serve.dir).map((one) => one.request_id), ids, 'in order of time, none lost, none doubled');
});

test('genai usage sums up exactly the rows, while serve runs and after', async () => {
  const serve = await startServe();
  for (let i = 0; i < 12; ++i) await chat(serve.url, { user: i % 3 === 0 ? 'ann' : 'bob', max_tokens: 5 + i });
  await chat(serve.url, { model: 'nobody' });
  await eventually('the refusal is a row', () => rows(serve.dir).length === 13);
  const read = async (by) => {
    const { code, out, err } = await genai(['usage', '--data-dir', serve.dir, '--by', by, '--format', 'json']);
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };
  const running = await read('model');
  assert.equal(running.schema, 'genai.usage/v1');
  assert.equal(await serve.stop(), 0);
  assert.deepEqual(await read('model'), running);
  const columns = { model: 'model', user: "coalesce(user, '')", day: "date(started_us / 1000000, 'unixepoch')" };
  for (const [by, column] of Object.entries(columns)) {
    const told = (await read(by)).rows.map((line) => [line.key ?? '', line.requests, line.prompt_tokens ?? 0, line.completion_tokens ?? 0]).sort();
    const summed = query(serve.dir, `SELECT ${column} AS name, count(*) AS n, coalesce(sum(prompt_tokens), 0) AS p, coalesce(sum(completion_tokens), 0) AS c
                                     FROM requests GROUP BY 1`).map((one) => [one.name, one.n, one.p, one.c]).sort();
    assert.deepEqual(told, summed, by);
  }
});

test('L2: a second serve on the same data is refused with the holder\'s id', async () => {
  const serve = await startServe();
  const second = await genai(['serve', '--listen', '127.0.0.1:0', '--data-dir', serve.dir]);
  assert.equal(second.code, 3);
  assert.match(second.err, new RegExp(`\\b${serve.pid}\\b`));
  assert.equal((await chat(serve.url)).status, 200, 'the first one goes on');
});

test('P4: a taken port is refused with its holder', async () => {
  const serve = await startServe();
  for (const args of [['serve', '--data-dir', temporary()], ['sim']]) {
    const second = await genai([...args, '--listen', `127.0.0.1:${serve.port}`]);
    assert.equal(second.code, 3);
    assert.match(second.err, new RegExp(`127\\.0\\.0\\.1:${serve.port}`));
    assert.match(second.err, new RegExp(`\\b${serve.pid}\\b`));
  }
});

test('P1: SIGTERM in mid-stream: nothing new is taken, the stream ends in full, exit 0, the row is there', async () => {
  const serve = await startServe();
  const running = chat(serve.url, { stream: true });
  await eventually('the request is open', async () => /genai_requests_open 1\n/.test(await (await fetch(`${serve.url}/metrics`)).text()));
  const code = serve.stop();
  const answer = await running;
  assert.equal(answer.broken, null);
  assert.ok(answer.done);
  assert.equal(await code, 0);
  assert.equal(row(serve.dir, answer.id).outcome, 'ok');
  await assert.rejects(fetch(`${serve.url}/health`));
});

test('P1: a second SIGTERM does not wait for the stream: no terminal event, the row with its tokens, exit 0', async () => {
  const sim = await startSim(['--ttft', '10ms', '--itl', '100ms', '--output-tokens', '1000']);
  const serve = await startServe({ upstream: `${sim.url}/v1` });
  const running = chat(serve.url, { stream: true });
  await eventually('the request is open', async () => /genai_requests_open 1\n/.test(await (await fetch(`${serve.url}/metrics`)).text()));
  serve.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const code = serve.stop();
  const answer = await running;
  assert.equal(await code, 0);
  assert.equal(answer.done, false);
  const found = row(serve.dir, answer.id);
  assert.deepEqual([found.status, found.outcome, found.error_code], [200, 'interrupted', 'draining']);
  assert.ok(found.completion_tokens > 0);
});

test('P1: a kept-alive connection at rest does not hold up the end', async () => {
  const serve = await startServe();
  await (await fetch(`${serve.url}/health/live`)).text();
  const rest = raw(serve.port, 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n', 8000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const began = Date.now();
  assert.equal(await serve.stop(), 0);
  assert.ok(Date.now() - began < 4000);
  assert.match(await rest, /^HTTP\/1\.1 200/);
});

test('the owner of the data has a door of its own: a socket in the data directory', async () => {
  const serve = await startServe();
  const door = path.join(serve.dir, 'serve.sock');
  assert.equal(fs.statSync(door).mode & 0o777, 0o600);
  const ask = (place) => JSON.parse(execFileSync('curl', ['-sS', '--max-time', '10', '--unix-socket', door, `http://owner${place}`], { encoding: 'utf8' }));
  assert.equal(ask('/owner').pid, serve.pid);
  assert.equal(ask('/health').status, 'ok');
  assert.equal((await fetch(`${serve.url}/owner`)).status, 404, 'nothing of it is public');
  assert.equal(await serve.stop(), 0);
  assert.equal(fs.existsSync(door), false);
});

test('a socket left by a killed serve does not hinder the next', async () => {
  const first = await startServe();
  await first.stop('SIGKILL');
  const serve = await startServe({ dir: first.dir });
  const answer = execFileSync('curl', ['-sS', '--max-time', '10', '--unix-socket', path.join(serve.dir, 'serve.sock'), 'http://owner/owner'], { encoding: 'utf8' });
  assert.equal(JSON.parse(answer).pid, serve.pid);
  assert.equal(await serve.stop(), 0);
});

test('SIGINT ends it the same way', async () => {
  const serve = await startServe();
  assert.equal(await serve.stop('SIGINT'), 0);
});

test('U1: an upstream that refuses connections: 502, and a row', async () => {
  const sim = await startSim();
  const serve = await startServe({ upstream: `${sim.url}/v1` });
  await sim.stop();
  const answer = await chat(serve.url);
  assert.equal(answer.status, 502);
  assert.equal(JSON.parse(answer.text).error.code, 'upstream_unreachable');
  assert.equal(row(serve.dir, answer.id).outcome, 'upstream_error');
});

test('genai.yaml of the contract', async () => {
  const sim = await startSim(['--ttft', '0ms', '--itl', '0ms', '--output-tokens', '3']);
  const place = temporary();
  fs.writeFileSync(path.join(place, 'genai.yaml'), `listen: 127.0.0.1:0
data_dir: ./genai-data
providers:
  main: {type: openai-compatible, base_url: "${sim.url}/v1", api_key: "\${env:MAIN_KEY}"}
models:
  chat: {targets: [{provider: main, model: gpt-4o}]}
`);
  const serve = await startServe({ dir: path.join(place, 'genai-data'), cwd: place, env: { MAIN_KEY: 'sk-main' } });
  const answer = await chat(serve.url, { model: 'chat' });
  assert.equal(answer.status, 200);
  const found = row(serve.dir, answer.id);
  assert.deepEqual([found.model, found.provider, found.upstream_model, found.completion_tokens], ['chat', 'main', 'gpt-4o', 3]);
});

test('P3: every problem of a configuration at once, with its place, exit 2', async () => {
  const place = temporary();
  fs.writeFileSync(path.join(place, 'genai.yaml'), 'listen: nonsense\nprovders: {}\nmodels:\n  chat: {targets: [{provider: nobody, model: x}]}\n');
  const { code, err } = await genai(['serve', '--data-dir', temporary()], { cwd: place });
  assert.equal(code, 2);
  for (const line of [1, 2, 4]) assert.match(err, new RegExp(`genai\\.yaml:${line}:\\d+`));
  assert.match(err, /providers/, 'the near name');
});

test('health, readiness and metrics', async () => {
  const serve = await startServe();
  for (const route of ['/health', '/health/live', '/health/ready']) assert.equal((await fetch(serve.url + route)).status, 200, route);
  await chat(serve.url);
  const metrics = await fetch(`${serve.url}/metrics`);
  assert.match(metrics.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const text = await metrics.text();
  for (const line of text.trimEnd().split('\n')) assert.match(line, /^(# (HELP|TYPE) |[a-z_]+(\{.*\})? [-+0-9.eE]+$|[a-z_]+(\{.*\})? \+Inf$)/);
  assert.match(text, /genai_ledger_rows_total 1\n/);
});
