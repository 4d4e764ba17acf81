// Health, metrics and the description of the API, looked at by those who read them: promtool, redocly, a JSON parser.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { chatBody, environment, startServe, temporary } from '../serve/harness.mjs';
import { load } from './packages.mjs';

let serve;
before(async () => { serve = await startServe(); });

const get = (route, headers = {}, url = serve.url) => fetch(url + route, { headers });
const json = async (route, headers, url) => (await get(route, headers, url)).json();
const chat = (body, url = serve.url) => fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });

test('promtool finds nothing to say about the metrics', async () => {
  assert.equal((await chat(chatBody())).status, 200);
  await (await chat(chatBody({ stream: true }))).text();
  assert.equal((await chat('{')).status, 400);
  await (await get('/no/such/path"\\')).text();
  const answer = await get('/metrics');
  assert.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', env: environment() });
  assert.equal(checked.error, undefined);
  assert.equal(checked.stdout + checked.stderr, '');
  assert.equal(checked.status, 0);
  assert.match(text, /^api_requests_total\{method="POST",endpoint="\/v1\/chat\/completions"\} 3$/m);
  assert.match(text, /^api_request_duration_seconds_count\{method="POST",endpoint="\/v1\/chat\/completions"\} 3$/m);
  assert.match(text, /^api_requests_total\{method="GET",endpoint="other"\} 1$/m);
  assert.match(text, /^genai_upstream_up\{provider="sim"\} 1$/m);
});

test('the same route gives JSON to who prefers it', async () => {
  const answer = await get('/metrics', { Accept: 'application/json' });
  assert.match(answer.headers.get('content-type'), /^application\/json/);
  assert.equal(answer.headers.get('vary'), 'Accept');
  const { schema, monitoring, cost, health } = await answer.json();
  assert.equal(schema, 'genai.metrics/v1');
  assert.ok(monitoring.requests >= 2 && monitoring.prompt_tokens > 0);
  assert.ok(monitoring.average_duration_ms > 0 && monitoring.average_http_duration_ms > 0);
  assert.equal(typeof cost.cost_nano_usd, 'number');
  assert.equal(health.status, 'ok');
});

test('health: its shapes, and HEAD', async () => {
  const health = await json('/health');
  assert.deepEqual(Object.keys(health), ['status', 'uptime_seconds', 'version', 'error_rate', 'requests', 'errors', 'window_seconds']);
  assert.equal(health.status, 'ok');
  assert.deepEqual(await json('/health/live'), { status: 'ok' });
  const ready = await json('/health/ready');
  assert.equal(ready.status, 'ready');
  assert.deepEqual(ready.upstreams, { sim: 'ok' });
  for (const route of ['/health', '/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs']) {
    const head = await fetch(serve.url + route, { method: 'HEAD' });
    assert.equal(head.status, 200, route);
    assert.equal(await head.text(), '');
    assert.ok(head.headers.get('x-request-id'), route);
  }
});

test('an upstream that cannot be reached is named, and makes the server unhealthy', async () => {
  const alone = await startServe({ upstream: 'http://127.0.0.1:1/v1' });  // nobody listens on port 1
  for (let i = 0; i < 10; ++i) assert.equal((await chat(chatBody(), alone.url)).status, 502);
  const ready = await get('/health/ready', {}, alone.url);
  assert.equal(ready.status, 503);
  const { failing, upstreams } = await ready.json();
  assert.deepEqual(failing, [{ part: 'upstream', name: 'upstream', reason: 'could not be reached' }]);
  assert.deepEqual(upstreams, { upstream: 'failing' });
  const health = await get('/health', {}, alone.url);
  assert.equal(health.status, 503);
  const told = await health.json();
  assert.equal(told.status, 'unhealthy');
  assert.equal(told.error_rate, 1);
  assert.equal((await get('/health/live', {}, alone.url)).status, 200);
  assert.match(await (await get('/metrics', {}, alone.url)).text(), /^genai_upstream_up\{provider="upstream"\} 0$/m);
});

test('redocly finds nothing to say about the description', async () => {
  const answer = await get('/openapi.json');
  assert.match(answer.headers.get('content-type'), /^application\/json/);
  const document = await answer.json();
  assert.equal(document.info.version, (await json('/health')).version);
  const file = path.join(temporary(), 'openapi.json');
  fs.writeFileSync(file, JSON.stringify(document));
  const cli = path.join(path.dirname(load.resolve('@redocly/cli/package.json')), 'bin/cli.js');
  const linted = spawnSync(process.execPath, [cli, 'lint', '--extends=recommended', '--format=json', '--max-problems=1000', file], {
    encoding: 'utf8', env: environment({ REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }),
  });
  assert.equal(linted.status, 0, linted.stdout + linted.stderr);
  assert.deepEqual(JSON.parse(linted.stdout).totals, { errors: 0, warnings: 0, ignored: 0 });
});

test('what the routes answer is what the description says', async () => {
  const { paths, components } = await json('/openapi.json');
  const required = (name) => components.schemas[name].required;
  const properties = (name) => Object.keys(components.schemas[name].properties);
  for (const [route, name] of [['/health', 'Health'], ['/health/live', 'Live'], ['/health/ready', 'Ready'], ['/v1/models', 'Models'], ['/metrics', 'Metrics']]) {
    assert.ok(paths[route].get, route);
    const answer = await json(route, { Accept: 'application/json' });
    for (const key of required(name)) assert.ok(key in answer, `${route} has ${key}`);
    for (const key of Object.keys(answer)) assert.ok(properties(name).includes(key), `${route} documents ${key}`);
  }
});

test('the page comes with a policy that lets nothing in, and production shows neither', async () => {
  const page = await get('/docs');
  assert.match(page.headers.get('content-type'), /^text\/html; charset=utf-8/);
  assert.match(page.headers.get('content-security-policy'), /^default-src 'none';/);
  assert.match(await page.text(), /^<!doctype html>/);
  const production = await startServe({ args: ['--profile', 'production'] });
  for (const route of ['/docs', '/openapi.json']) assert.equal((await get(route, {}, production.url)).status, 404);
});
