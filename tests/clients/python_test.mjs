// PyPI's `openai` and `anthropic`, unmodified, in front of `genai serve`. What they do is in python/*.py, a process a test; the ledger is
// looked at from here.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { place } from './packages.mjs';
import { completion, eventually, jsonAnswer, launch, row, rows, scripted, source, startServe } from '../serve/harness.mjs';

const python = path.join(place, 'python/bin/python');

async function run(script, what, serve) {
  const made = launch([path.join(source, 'tests/clients/python', script), what, serve.url], { program: python, env: { NO_PROXY: '127.0.0.1', PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' } });
  const { code } = await made.ended;
  assert.equal(code, 0, made.err);
  return JSON.parse(made.out);
}

const agrees = (serve, said, more = {}) => {
  const found = row(serve.dir, said.id);
  assert.deepEqual([found.outcome, found.status, found.prompt_tokens, found.completion_tokens], ['ok', 200, said.prompt, said.completion]);
  for (const [field, value] of Object.entries(more)) assert.equal(found[field], value);
};
const allOk = (serve, count) => {
  assert.equal(rows(serve.dir).length, count);
  assert.ok(rows(serve.dir).every((one) => one.outcome === 'ok'));
};
const failing = (times, status) => scripted((request, response, body, count) => {
  if (count <= times) return jsonAnswer(response, status, { error: { message: 'not now' } });
  jsonAnswer(response, 200, completion('at last'));
});

// What each case leaves behind, by script.
const cases = {
  'with_anthropic.py': {
    chat: (serve, said) => agrees(serve, said, { user: 'ann', streamed: 0 }),
    request_id: async (serve, said) => {
      await eventually('the rows', () => rows(serve.dir).length === 3);
      assert.deepEqual(said.ids.map((id) => row(serve.dir, id ?? 'none').status), [200, 200, 404]);
    },
    stream: (serve, said) => agrees(serve, said, { streamed: 1 }),
    tools: (serve) => allOk(serve, 4),
    // What it tries first, a conversation that the server keeps, is refused, and it goes on without.
    tool_runner: (serve) => assert.deepEqual(rows(serve.dir).map((one) => one.outcome).filter((outcome) => outcome !== 'refused'), ['ok', 'ok']),
    errors: async (serve) => {
      await eventually('their rows, one each', () => rows(serve.dir).length === 4);
      assert.deepEqual(rows(serve.dir).map((one) => one.status), [404, 400, 400, 400]);
    },
    close: async (serve) => {
      const found = await eventually('the row', () => rows(serve.dir)[0]);
      assert.deepEqual([found.outcome, found.streamed], ['cancelled', 1]);
    },
    count_tokens: () => {},
    models: () => {},
    pictures: () => {},
    asynchronous: (serve) => eventually('the rows', () => rows(serve.dir).filter((one) => one.route === '/v1/messages').map((one) => one.outcome).sort().join() === 'cancelled,ok,ok,ok'),
  },
  'with_openai.py': {
    chat: (serve, said) => agrees(serve, said, { user: 'ann', streamed: 0 }),
    stream: (serve, said) => agrees(serve, said, { streamed: 1 }),
    tools: (serve) => allOk(serve, 4),
    responses: (serve, said) => agrees(serve, said, { streamed: 0 }),
    others: (serve) => assert.ok(rows(serve.dir).every((one) => one.outcome === 'ok')),
    errors: async (serve) => {
      await eventually('their rows, one each', () => rows(serve.dir).length === 3);
      assert.deepEqual(rows(serve.dir).map((one) => one.status), [404, 400, 400]);
    },
    close: async (serve) => {
      const found = await eventually('the row', () => rows(serve.dir)[0]);
      assert.deepEqual([found.outcome, found.streamed], ['cancelled', 1]);
    },
    asynchronous: (serve) => eventually('the rows', () => rows(serve.dir).map((one) => one.outcome).sort().join() === 'cancelled,ok,ok,ok'),
  },
};
for (const [script, all] of Object.entries(cases)) {
  for (const [what, look] of Object.entries(all)) {
    test(`${script}: ${what.replace('_', ' ')}`, async () => {
      const serve = await startServe();
      await look(serve, await run(script, what, serve));
    });
  }
  test(`${script}: it tries again after 500 twice, and each try is a row`, async () => {
    const upstream = await failing(2, 500);
    const serve = await startServe({ upstream: `${upstream.url}/v1` });
    assert.equal((await run(script, 'retries', serve)).text, 'at last');
    assert.equal(upstream.seen.length, 3);
    assert.deepEqual(rows(serve.dir).map((one) => one.status), [502, 502, 200]);
  });
}

test('with_anthropic.py: what is overloaded is an OverloadedError of 529', async () => {
  const upstream = await failing(1, 529);
  const serve = await startServe({ upstream: `${upstream.url}/v1` });
  assert.deepEqual(await run('with_anthropic.py', 'overloaded', serve), { kind: 'OverloadedError', status: 529, type: 'overloaded_error' });
});
