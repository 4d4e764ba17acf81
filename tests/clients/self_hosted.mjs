// Fakes of servers for one's own machines, written from the documentation of their formats: Text Generation Inference ("API Reference") and Triton with
// TensorRT-LLM ("Generate Extension"). They say the same sentence to everyone, word by word, and do on request what such servers do when they fail:
// a prompt that holds `[overloaded]`, `[fails]` (with an error in the middle), `[breaks]` (the connection is cut in the middle) or `[silent]` (nothing is said).
import { beginEvents, jsonAnswer, scripted } from '../serve/harness.mjs';

export const sentence = 'The quick brown fox jumps over the lazy dog.';
const words = sentence.match(/\s*\S+/g);
const wants = (prompt, what) => prompt.includes(`[${what}]`);

// What is generated: {said: words, reason}.
function generate(most, stops) {
  const said = [];
  for (const word of words) {
    if (said.length === most) return { said, reason: 'length' };
    said.push(word);
    if (stops.some((stop) => said.join('').includes(stop))) return { said, reason: 'stop_sequence' };
  }
  return { said, reason: 'eos_token' };
}

// ---- Text Generation Inference

const validation = (response, error) => jsonAnswer(response, 422, { error: `Input validation error: ${error}`, error_type: 'validation' });

function wrongParameter({ max_new_tokens, temperature, top_p, top_k, seed, stop = [] }) {
  if (max_new_tokens !== undefined && max_new_tokens <= 0) return '`max_new_tokens` must be strictly positive';
  if (max_new_tokens > 4000) return '`inputs` tokens + `max_new_tokens` must be <= 4096';
  if (temperature !== undefined && temperature <= 0) return '`temperature` must be strictly positive';
  if (top_p !== undefined && (top_p <= 0 || top_p >= 1)) return '`top_p` must be > 0.0 and < 1.0';
  if (top_k !== undefined && top_k <= 0) return '`top_k` must be strictly positive';
  if (seed !== undefined && seed < 0) return '`seed` must not be negative';
  if (stop.length > 4) return '`stop` supports up to 4 stop sequences';
  return null;
}

export const startTgi = () => scripted((request, response, body) => {
  if (request.url === '/v1/chat/completions') return tgiFront(response, JSON.parse(body));
  if (request.url !== '/generate' && request.url !== '/generate_stream') return jsonAnswer(response, 404, { error: 'not found' });
  const { inputs, parameters = {} } = JSON.parse(body);
  if (typeof inputs !== 'string') return jsonAnswer(response, 422, { error: 'missing field `inputs`', error_type: 'validation' });
  if (wants(inputs, 'overloaded')) return jsonAnswer(response, 429, { error: 'Model is overloaded', error_type: 'overloaded' });
  const wrong = wrongParameter(parameters);
  if (wrong) return validation(response, wrong);
  const { said, reason } = generate(parameters.max_new_tokens ?? 100, parameters.stop ?? []);
  const details = { finish_reason: reason, generated_tokens: said.length, seed: parameters.seed ?? null };
  if (request.url === '/generate') {
    if (wants(inputs, 'fails')) return jsonAnswer(response, 424, { error: 'Request failed during generation: Server error', error_type: 'generation' });
    return jsonAnswer(response, 200, { generated_text: said.join(''), ...(parameters.details ? { details: { ...details, prefill: [], tokens: [] } } : {}) });
  }
  return tgiStream(response, inputs, said, { ...details, input_length: 6 });
});

function tgiStream(response, inputs, said, details) {
  const event = (value) => response.write(`data:${JSON.stringify(value)}\n\n`);
  beginEvents(response);
  const tokens = said.map((text, i) => ({ id: 100 + i, text, logprob: -0.1, special: false }));
  if (details.finish_reason === 'eos_token') tokens.push({ id: 2, text: '</s>', logprob: -0.1, special: true });
  for (const [i, token] of tokens.entries()) {
    if (i === 3 && wants(inputs, 'fails')) {
      event({ error: 'Request failed during generation: Server error', error_type: 'generation' });
      return response.end();
    }
    if (i === 3 && wants(inputs, 'breaks')) return response.write('', () => response.destroy());
    const isLast = i === tokens.length - 1;
    event({ index: i + 1, token, generated_text: isLast ? said.join('') : null, details: isLast ? { ...details, generated_tokens: tokens.length } : null });
  }
  return response.end();
}

// Its front for chats, which applies the model's own template.
function tgiFront(response, { stream, model }) {
  const head = { id: '', created: 1, model, system_fingerprint: '3.0.0-native' };
  const usage = { prompt_tokens: 31, completion_tokens: 9, total_tokens: 40 };
  if (!stream) return jsonAnswer(response, 200, { object: 'chat.completion', ...head, choices: [{ index: 0, message: { role: 'assistant', content: sentence }, logprobs: null, finish_reason: 'stop' }], usage });
  beginEvents(response);
  const event = (choices, more = {}) => response.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk', ...head, choices, ...more })}\n\n`);
  for (const content of words) event([{ index: 0, delta: { role: 'assistant', content }, logprobs: null, finish_reason: null }]);
  event([{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: 'stop' }]);
  event([], { usage });
  response.write('data: [DONE]\n\n');
  return response.end();
}

// ---- Triton with TensorRT-LLM

export const startTriton = () => scripted((request, response, body) => {
  const [, model, way] = /^\/v2\/models\/([^/]+)\/(generate|generate_stream)$/.exec(request.url) ?? [];
  if (!model) return jsonAnswer(response, 404, { error: 'not found' });
  if (model !== 'ensemble') return jsonAnswer(response, 400, { error: `Request for unknown model: '${model}' is not found` });
  const asked = JSON.parse(body);
  if (typeof asked.text_input !== 'string' || typeof asked.max_tokens !== 'number') {
    return jsonAnswer(response, 400, { error: "expected number of inputs between 3 and 21 but got 2 inputs for model 'ensemble'" });
  }
  const head = { model_name: model, model_version: '1' };
  const { said } = generate(asked.max_tokens, asked.stop_words ?? []);
  const failure = { error: "in ensemble 'ensemble', Executor failed" };
  if (way === 'generate') return wants(asked.text_input, 'fails') ? jsonAnswer(response, 400, failure) : jsonAnswer(response, 200, { ...head, text_output: said.join('') });
  if (wants(asked.text_input, 'overloaded')) return jsonAnswer(response, 503, { error: 'Server is not ready' });
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const event = (value) => response.write(`data: ${JSON.stringify(value)}\n\n`);
  for (const [i, text_output] of said.entries()) {
    if (wants(asked.text_input, 'silent')) break;
    if (i === 3 && wants(asked.text_input, 'fails')) {
      event(failure);
      break;
    }
    if (i === 3 && wants(asked.text_input, 'breaks')) return response.write('', () => response.destroy());
    event({ ...head, text_output });
  }
  return response.end();
});
