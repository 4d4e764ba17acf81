// L4: kill -9 at random moments under load, a hundred times over one ledger. Every answer that a client saw to its end has its row, none
// has two, and what was open becomes `interrupted` at the next start.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chat, query, sleep, startServe, startSim } from './harness.mjs';

const rounds = Number(process.env.TEST_KILLS ?? 110);
const clients = 24;

// Sends until told to stop or the server is gone; notes the id of every answer that is complete, and of every one that began.
async function client(url, number, notes) {
  const stream = number % 2 === 0;
  while (!notes.stop) {
    try {
      const answer = await chat(url, { stream, max_tokens: 4 + (number % 5) });
      const complete = answer.broken === null && (stream ? answer.done : answer.status === 200 && JSON.parse(answer.text).choices.length === 1);
      if (answer.id) notes.begun.add(answer.id);
      if (complete) notes.acknowledged.push(answer.id);
    } catch {
      if (!notes.stop) await sleep(1);
    }
  }
}

test(`L4: ${rounds} times kill -9 under load`, { timeout: 20 * 60_000 }, async (t) => {
  const sim = await startSim(['--ttft', '2ms', '--itl', '2ms', '--output-tokens', '8']);
  const dir = (await startServe({ upstream: `${sim.url}/v1` }).then(async (first) => { await first.stop(); return first; })).dir;
  const acknowledged = [];
  const begun = new Set();
  for (let round = 0; round < rounds; ++round) {
    const serve = await startServe({ dir, upstream: `${sim.url}/v1` });
    const notes = { stop: false, acknowledged, begun };
    const running = Array.from({ length: clients }, (_, number) => client(serve.url, number, notes));
    await sleep(30 + Math.random() * 250);
    assert.equal(await serve.stop('SIGKILL'), 'SIGKILL');
    notes.stop = true;
    await Promise.all(running);
  }
  const last = await startServe({ dir, upstream: `${sim.url}/v1` });
  const found = query(dir, 'SELECT request_id, outcome FROM requests');
  assert.equal(await last.stop(), 0);

  const outcome = new Map(found.map((one) => [one.request_id, one.outcome]));
  assert.equal(outcome.size, found.length, 'no row twice');
  assert.equal(new Set(acknowledged).size, acknowledged.length, 'no id given twice');
  const missing = acknowledged.filter((id) => outcome.get(id) !== 'ok');
  assert.deepEqual(missing, [], `${missing.length} of ${acknowledged.length} acknowledged answers without their row`);
  const lost = [...begun].filter((id) => !outcome.has(id));
  assert.deepEqual(lost, [], 'answers that began and left no row at all');
  const count = (name) => found.filter((one) => one.outcome === name).length;
  assert.ok(acknowledged.length > rounds * 5, `only ${acknowledged.length} answers`);
  assert.ok(count('interrupted') > rounds, `only ${count('interrupted')} interrupted`);
  assert.deepEqual(query(dir, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
  t.diagnostic(`${rounds} kills, ${acknowledged.length} acknowledged, ${found.length} rows: ${count('ok')} ok, ${count('interrupted')} interrupted, ` +
    `${count('cancelled')} cancelled`);
});
