"""PyPI's `openai`, unmodified. with_openai.py CASE URL: does what CASE says and prints what the test is to compare, as JSON."""
import asyncio
import json
import sys

import openai

CASE, URL = sys.argv[1:3]
HELLO = [{"role": "user", "content": "hello"}]
PARAMETERS = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"], "additionalProperties": False}
DIRECTIVE = [{"role": "user", "content": 'How is it there? [[call get_weather {"place":"Ulm \\"Süd\\""}]]'}]
WANTED = {"place": 'Ulm "Süd"'}


def make(retries=0):
    return openai.OpenAI(base_url=f"{URL}/v1", api_key="key-of-the-caller", max_retries=retries)


def make_async():
    return openai.AsyncOpenAI(base_url=f"{URL}/v1", api_key="key-of-the-caller", max_retries=0)


def chat():
    answer = make().chat.completions.create(model="sim", messages=HELLO, user="ann")
    assert len(answer.choices[0].message.content) > 10 and answer.choices[0].finish_reason == "stop", answer
    return {"id": answer._request_id, "prompt": answer.usage.prompt_tokens, "completion": answer.usage.completion_tokens}


def stream():
    client = make()
    text, usage = "", None
    with client.chat.completions.create(model="sim", messages=HELLO, stream=True, stream_options={"include_usage": True}) as chunks:
        request_id = chunks.response.headers["x-request-id"]
        for chunk in chunks:
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
            usage = chunk.usage or usage
    assert len(text) > 10
    with client.chat.completions.stream(model="sim", messages=HELLO) as events:
        kinds = {event.type for event in events}
        assert {"chunk", "content.delta", "content.done"} <= kinds, kinds
        assert events.get_final_completion().choices[0].finish_reason == "stop"
    return {"id": request_id, "prompt": usage.prompt_tokens, "completion": usage.completion_tokens}


def tools():
    client = make()
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS, "strict": True}}
    for streamed in (False, True):
        def create(messages):
            if not streamed:
                return client.chat.completions.create(model="sim", messages=messages, tools=[tool])
            with client.chat.completions.stream(model="sim", messages=messages, tools=[tool]) as events:
                return events.get_final_completion()
        first = create(DIRECTIVE)
        assert first.choices[0].finish_reason == "tool_calls", first
        call = first.choices[0].message.tool_calls[0]
        assert call.function.name == "get_weather" and json.loads(call.function.arguments) == WANTED, call
        said = {"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": call.function.arguments}}]}
        second = create([*DIRECTIVE, said, {"role": "tool", "tool_call_id": call.id, "content": "21 °C"}])
        assert second.choices[0].finish_reason == "stop" and len(second.choices[0].message.content) > 10, second
    return {}


def responses():
    client = make()
    tool = {"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": True}
    answer = client.responses.create(model="sim", input="hello", instructions="Be kind.")
    assert answer.status == "completed" and len(answer.output_text) > 10, answer
    first = client.responses.create(model="sim", input=DIRECTIVE, tools=[tool])
    call = first.output[0]
    assert call.type == "function_call" and json.loads(call.arguments) == WANTED, call
    with client.responses.stream(model="sim", input=[*DIRECTIVE, call, {"type": "function_call_output", "call_id": call.call_id, "output": "21 °C"}], tools=[tool]) as events:
        kinds = [event.type for event in events]
        second = events.get_final_response()
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds
    assert len(second.output_text) > 10
    for field, value in (("store", True), ("previous_response_id", "resp_1")):
        try:
            client.responses.create(model="sim", input="hello", **{field: value})
            raise AssertionError(f"{field} was taken")
        except openai.BadRequestError as error:
            assert error.param == field, error
    return {"id": answer._request_id, "prompt": answer.usage.input_tokens, "completion": answer.usage.output_tokens}


def others():
    client = make()
    completion = client.completions.create(model="sim", prompt="Once", max_tokens=10)
    assert len(completion.choices[0].text) > 5 and completion.usage.completion_tokens == 10, completion
    usual = client.embeddings.create(model="sim", input=["one", "two"])
    floats = client.embeddings.create(model="sim", input=["one", "two"], encoding_format="float")
    assert all(abs(a - b) < 1e-6 for a, b in zip(usual.data[0].embedding, floats.data[0].embedding, strict=True))
    assert [one.flagged for one in client.moderations.create(model="sim", input=["kind", "violence"]).results] == [False, True]
    assert [model.id for model in client.models.list()] == ["sim"]
    assert client.models.retrieve("sim").owned_by == "sim"
    return {}


def errors():
    client = make(retries=2)
    for kind, more, param in [(openai.NotFoundError, {"model": "nobody"}, "model"), (openai.BadRequestError, {"messages": []}, "messages"), (openai.BadRequestError, {"temperature": 3}, "temperature")]:
        try:
            client.chat.completions.create(**{"model": "sim", "messages": HELLO, **more})
            raise AssertionError(f"{more} was taken")
        except kind as error:
            assert error.param == param and error.request_id and error.code, error
    return {}


def retries():
    return {"text": make(retries=2).chat.completions.create(model="any", messages=HELLO).choices[0].message.content}


def close():
    chunks = make().chat.completions.create(model="sim", messages=HELLO, stream=True)
    for at, _ in enumerate(chunks):
        if at == 3:
            break
    chunks.close()
    return {}


def asynchronous():
    async def work():
        async with make_async() as client:
            answer, chunks = await asyncio.gather(client.chat.completions.create(model="sim", messages=HELLO),
                                                  client.chat.completions.create(model="sim", messages=HELLO, stream=True))
            assert len(answer.choices[0].message.content) > 10
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])
            assert len(text) > 10
            assert (await client.responses.create(model="sim", input="hello")).status == "completed"
            assert [model.id async for model in client.models.list()] == ["sim"]
            began = asyncio.Event()
            async def read():
                async for _ in await client.chat.completions.create(model="sim", messages=HELLO, max_tokens=4000, stream=True):
                    began.set()
            task = asyncio.create_task(read())
            await began.wait()
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
    asyncio.run(work())
    return {}


print(json.dumps(globals()[CASE]()))
