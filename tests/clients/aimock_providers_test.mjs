// Every provider that aimock plays, in every mood that it has: a table of providers (aimock.mjs) by a table of scenarios, each through one real `genai serve`. What
// is looked at each time: the answer, its row in the ledger, and that what was cut never ends as if it were whole.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, genai, row, rows, startServeWith, temporary } from '../serve/harness.mjs';
import { ask, configuration, dialects, key, providers, startMock, text, usage, vector } from './aimock.mjs';

const env = { KEY: key };
let mock;
let trusting;
let serve;
before(async () => {
  mock = await startMock({ auth: { apiKeys: [key] } });
  trusting = await startMock();
  serve = await startServeWith(configuration(mock.url, trusting.url), { env });
});
after(() => Promise.all([mock?.stop(), trusting?.stop()]));
const mockOf = (name) => (providers[name].own ? trusting : mock);

const outcomes = ['truncated', 'upstream_error'];

// The row of an answer that was given to its end.
function checkGood(answer, { name, stream, reports }, what) {
  const found = row(serve.dir, answer.id);
  assert.deepEqual([found.outcome, found.status, found.provider, found.upstream_model, found.streamed, found.error_code ?? ''], ['ok', 200, name, providers[name].model, stream ? 1 : 0, ''], what);
  if (reports) assert.deepEqual([found.prompt_tokens, found.completion_tokens, found.estimated], [usage.prompt_tokens, usage.completion_tokens, 0], what);
  else assert.equal(found.estimated, 1, what);
  if (reports || answer.tokens !== undefined) assert.deepEqual(answer.tokens, [found.prompt_tokens, found.completion_tokens], what);  // what was not said there may not be said here
  return found;
}

// An answer that is an error, before or inside a stream: never a good ending, and a row that says so.
function checkBad(answer, { name }, what) {
  assert.equal(answer.broken, null, `${what}: our own framing stays whole`);
  assert.equal(answer.ended, false, `${what}: no good ending: ${answer.raw.slice(-300)}`);
  assert.ok(answer.error, `${what}: an error is said: ${answer.raw.slice(-300)}`);
  const found = row(serve.dir, answer.id);
  assert.deepEqual([found.provider, found.status], [name, answer.status], what);
  assert.ok(outcomes.includes(found.outcome), `${what}: ${found.outcome}`);
  assert.ok(found.error_code, what);
  return found;
}

// What is asked of each provider. `about`: {name, dialect, stream, reports, say(prompt, options)}.
const scenarios = {
  'an answer': async (about) => {
    const answer = await about.say('hello');
    assert.equal(answer.status, 200, answer.raw);
    assert.deepEqual([answer.text, answer.calls, answer.finish, answer.ended], [text, [], dialects[about.dialect].finishes[0], true]);
    checkGood(answer, about);
  },
  'a tool call': async (about) => {
    const answer = await about.say('weather', { tools: true });
    assert.equal(answer.status, 200, answer.raw);
    assert.deepEqual([answer.calls, answer.finish], [[['get_weather', { place: 'Ulm' }]], dialects[about.dialect].finishes[1]]);
    checkGood(answer, about);
  },
  'characters that are cut in two arrive whole': async (about) => {
    const answer = await about.say('smile');
    assert.equal(answer.text, 'abc😀def😀', answer.raw);
    checkGood(answer, about);
  },
  'an answer of no text': async (about) => {
    const answer = await about.say('nothing');
    assert.deepEqual([answer.status, answer.text, answer.ended], [200, '', true], answer.raw);
    checkGood(answer, about);
  },
  'U9, U10: its errors, by class': async (about) => {
    for (const [says, sees] of [[400, 400], [401, 502], [403, 502], [404, 404], [413, 413], [422, 422], [429, 429], [500, 502], [502, 502], [503, 503], [529, 503]]) {
      const what = `${says}`;
      const answer = await about.say(`error-${says}.`);
      assert.equal(answer.status, dialects[about.dialect].path === '/v1/messages' && sees === 503 ? 529 : sees, `${what}: ${answer.raw}`);
      const found = checkBad(answer, about, what);
      if (says === 401) assert.ok(!answer.raw.includes(key), 'no word about our key');
      if ([400, 401, 403, 404, 422, 429].includes(says)) assert.equal(found.cost_nano_usd ?? 0, 0, `${what}: what was refused cost nothing`);
    }
  },
  'a slow one': async (about) => {
    const answer = await about.say('slowly');
    assert.equal(answer.text, text, answer.raw);
    const found = checkGood(answer, about);
    if (about.stream) assert.ok(found.ttft_us > 0 && found.ttft_us < found.duration_us, 'the first word came before the last');
  },
  'U2: one that never answers': async (about) => {
    mockOf(about.name).setChaos({ latencyMs: 2000 });
    const answer = await about.say('hello', { model: `${about.name}-impatient` }).finally(() => mockOf(about.name).clearChaos());
    assert.equal(answer.status, 504, answer.raw);
    assert.equal(checkBad(answer, about).error_code, 'upstream_timeout');
  },
  'chaos: what is malformed, dropped, limited or hung up on': async (about) => {
    for (const chaos of [{ malformedRate: 1 }, { dropRate: 1 }, { rateLimitRate: 1 }, { disconnectRate: 1 }]) {
      mockOf(about.name).setChaos(chaos);
      const what = JSON.stringify(chaos);
      try {
        const answer = await about.say('hello');
        assert.ok([429, 502, 503].includes(answer.status), `${what}: ${answer.status} ${answer.raw}`);
        checkBad(answer, about, what);
      } finally {
        mockOf(about.name).clearChaos();
      }
    }
    checkGood(await about.say('hello'), about, 'it works again at once');
  },
};

// Of streams alone.
const streamScenarios = {
  'U3, U6: cut behind any of its first events': async (about) => {
    for (const chunks of [1, 2, 3, 4, 5]) {
      const answer = await about.say(`cut-${chunks}.`);
      const found = checkBad(answer, about, `after ${chunks}`);
      if (answer.status === 200 && answer.text !== '') assert.ok(found.completion_tokens > 0 && found.estimated === 1, 'what was heard is counted');
    }
  },
  'U3: hung up on': async (about) => {
    const answer = await about.say('hang up');
    checkBad(answer, about);
    assert.ok([200, 502].includes(answer.status));  // 502 where nothing but preambles came before
  },
  'U2: stuck between two words': async (about) => {
    const answer = await about.say('stuck', { model: `${about.name}-impatient` });
    const found = checkBad(answer, about);
    assert.equal(found.error_code, 'upstream_timeout');
  },
  'a client that leaves': async (about) => {
    const gone = new AbortController();
    const seen = rows(serve.dir).length;
    const answer = await about.say('stuck', { signal: gone.signal, begun: () => gone.abort() });
    assert.ok(answer.broken);
    const found = await eventually('its row', () => rows(serve.dir)[seen]);
    assert.deepEqual([found.outcome, found.provider], ['cancelled', about.name]);
  },
};

for (const [name, provider] of Object.entries(providers)) {
  for (const dialect of provider.asks) {
    const run = (title, scenario, stream) => test(`${name}, asked in ${dialect}${stream ? ', streamed' : ''}: ${title}`, () => {
      const say = (prompt, { model = name, ...options } = {}) => ask(serve.url, dialect, model, prompt, { stream, ...options });
      return scenario({ name, dialect, stream, say, reports: provider.counts === undefined || (provider.counts === 'whole' && !stream) });
    });
    for (const [title, scenario] of Object.entries(scenarios)) for (const stream of [false, true]) run(title, scenario, stream);
    for (const [title, scenario] of Object.entries(streamScenarios)) run(title, scenario, true);
  }
  if (provider.embeddings) {
    test(`${name}: embeddings`, async () => {
      const response = await fetch(`${serve.url}/v1/embeddings`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: `${name}-embeddings`, input: ['hello', 'hello again'], encoding_format: 'float' }),
      });
      const answer = await response.json();
      assert.equal(response.status, 200, JSON.stringify(answer));
      assert.equal(answer.data.length, 2);
      for (const one of answer.data) one.embedding.forEach((value, i) => assert.ok(Math.abs(value - vector[i]) < 1e-6));
      const found = row(serve.dir, response.headers.get('x-request-id'));
      assert.deepEqual([found.outcome, found.provider, found.upstream_model, found.completion_tokens], ['ok', name, provider.embeddings, 0]);
    });
  }
}

test('reranking', async () => {
  for (const [name, { rerank }] of Object.entries(providers).filter(([, one]) => one.rerank)) {
    const response = await fetch(`${serve.url}/v1/rerank`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: `${name}-rerank`, query: 'hello', documents: ['one', 'two'] }),
    });
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    assert.deepEqual(answer.results.map((one) => [one.index, one.relevance_score]), [[1, 0.75], [0, 0.25]]);
    const found = row(serve.dir, response.headers.get('x-request-id'));
    assert.deepEqual([found.outcome, found.provider, found.upstream_model], ['ok', name, rerank]);
  }
});

test('with a wrong key each is refused, and the probe says which', async () => {
  const wrong = { env: { KEY: 'key-that-is-wrong' } };
  const other = await startServeWith(configuration(mock.url, trusting.url), wrong);
  for (const [name, { asks, own }] of Object.entries(providers)) {
    const answer = await ask(other.url, asks[0], name, 'hello');
    assert.equal(answer.status, own ? 200 : 502, `${name}: ${answer.raw}`);
    if (!own) assert.equal(row(other.dir, answer.id).error_code, 'upstream_auth', name);
  }
  const cwd = temporary();
  fs.writeFileSync(path.join(cwd, 'genai.yaml'), configuration(mock.url, trusting.url));
  for (const one of [mock, trusting]) one.onMessage('Hello', { content: 'Hi', usage });
  for (const [options, result] of [[{ env }, 'ok'], [wrong, 'failed']]) {
    const { out } = await genai(['config', 'check', '--probe', '--json'], { cwd, ...options });
    const probes = JSON.parse(out).probes.filter((one) => one.type !== 'sim');  // the profile's
    assert.deepEqual(probes.map((one) => [one.provider, one.result]), Object.entries(providers).map(([name, { own }]) => [name, own ? 'ok' : result]), out);
    if (result === 'failed') assert.ok(probes.every((one) => one.result === 'ok' || one.code === 'upstream_auth'), out);
  }
});
