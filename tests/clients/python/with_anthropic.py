"""PyPI's `anthropic`, unmodified. with_anthropic.py CASE URL: does what CASE says and prints what the test is to compare, as JSON."""
import asyncio
import json
import sys

import anthropic

CASE, URL = sys.argv[1:3]
HELLO = [{"role": "user", "content": "hello"}]
TOOLS = [{"name": "get_weather", "description": "The weather of a place",
          "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}]
DIRECTIVE = [{"role": "user", "content": 'How is it there? [[call get_weather {"place":"Ulm \\"Süd\\""}]]'}]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def make(retries=0):
    return anthropic.Anthropic(base_url=URL, api_key="key-of-the-caller", max_retries=retries)


def make_async():
    return anthropic.AsyncAnthropic(base_url=URL, api_key="key-of-the-caller", max_retries=0)


def ask(**more):
    return {"model": "sim", "max_tokens": 200, "messages": HELLO, **more}


def usage_of(message, request_id):
    return {"id": request_id, "prompt": message.usage.input_tokens, "completion": message.usage.output_tokens}


def chat():
    raw = make().messages.with_raw_response.create(**ask(system="Be kind.", metadata={"user_id": "ann"}))
    message = raw.parse()
    assert message.type == "message" and message.role == "assistant" and message.stop_reason == "end_turn", message
    assert len(message.content) == 1 and len(message.content[0].text) > 10
    return usage_of(message, raw.headers["x-request-id"])


def request_id():
    client = make()
    message = client.messages.create(**ask())
    with client.messages.stream(**ask()) as stream:
        stream.until_done()
        streamed = stream.request_id
    try:
        client.messages.create(**ask(model="nobody"))
    except anthropic.NotFoundError as error:
        return {"ids": [message._request_id, streamed, error.request_id]}


def stream():
    kinds, text = [], ""
    with make().messages.stream(**ask()) as events:
        for event in events:
            kinds.append(event.type)
            if event.type == "text":
                text += event.text
                assert event.snapshot == text
        message = events.get_final_message()
        assert events.get_final_text() == text
    kinds = [kind for kind in kinds if kind != "ping"]
    assert kinds[:2] == ["message_start", "content_block_start"], kinds
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"], kinds
    assert kinds.count("text") > 5
    return usage_of(message, events.response.headers["x-request-id"])


def tools():
    client = make()
    for streamed in (False, True):
        def create(messages):
            request = ask(messages=messages, tools=TOOLS)
            if not streamed:
                return client.messages.create(**request)
            with client.messages.stream(**request) as events:
                return events.get_final_message()
        first = create(DIRECTIVE)
        assert first.stop_reason == "tool_use", first
        call = [block for block in first.content if block.type == "tool_use"][0]
        assert call.name == "get_weather" and call.input == {"place": 'Ulm "Süd"'}, call
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "21 °C"}
        second = create([*DIRECTIVE, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}])
        assert second.stop_reason == "end_turn" and len(second.content[0].text) > 10, second
    return {}


def tool_runner():
    ran = []

    @anthropic.beta_tool
    def get_weather(place: str) -> str:
        """The weather of a place.

        Args:
            place: where
        """
        ran.append(place)
        return "21 °C"

    final = make().beta.messages.tool_runner(**ask(messages=DIRECTIVE), tools=[get_weather]).until_done()
    assert ran == ['Ulm "Süd"'] and final.stop_reason == "end_turn", (ran, final)
    return {}


def errors():
    client = make(retries=2)
    for kind, more, says in [(anthropic.NotFoundError, {"model": "nobody"}, "nobody"), (anthropic.BadRequestError, {"messages": []}, "messages"),
                             (anthropic.BadRequestError, {"max_tokens": 0}, "max_tokens"), (anthropic.BadRequestError, {"extra_body": {"temperature": 3}}, "temperature")]:
        try:
            client.messages.create(**ask(**more))
            raise AssertionError(f"{more} was taken")
        except kind as error:
            assert says in error.message, error
            assert error.body["type"] == "error" and error.body["error"]["type"] in ("not_found_error", "invalid_request_error"), error.body
    return {}


def overloaded():
    try:
        make().messages.create(**ask(model="any"))
        raise AssertionError("it was taken")
    except anthropic.APIStatusError as error:
        return {"kind": type(error).__name__, "status": error.status_code, "type": error.type}


def retries():
    message = make(retries=2).messages.create(**ask(model="any"))
    return {"text": message.content[0].text}


def close():
    with make().messages.stream(**ask(max_tokens=4000)) as events:
        for at, _ in enumerate(events.text_stream):
            if at == 2:
                break
    return {}


def count_tokens():
    client = make()
    request = {"model": "sim", "messages": HELLO, "system": "Be kind.", "tools": TOOLS}
    counted = client.messages.count_tokens(**request)
    message = client.messages.create(**request, max_tokens=5)
    assert counted.input_tokens == message.usage.input_tokens, (counted, message.usage)
    return {}


def models():
    client = make()
    assert [model.id for model in client.models.list()] == ["sim"]
    assert client.models.retrieve("sim").display_name
    try:
        client.models.retrieve("nobody")
        raise AssertionError("there is no such model")
    except anthropic.NotFoundError as error:
        assert "nobody" in error.message, error
    return {}


def pictures():
    client = make()
    def content(data):
        return [{"role": "user", "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}, {"type": "text", "text": "What is this?"}]}]
    assert client.messages.create(**ask(messages=content(PNG))).stop_reason == "end_turn"
    try:
        client.messages.create(**ask(messages=content("bm8gcGljdHVyZQ==")))
        raise AssertionError("it was taken for a picture")
    except anthropic.BadRequestError as error:
        assert "messages[0].content[0].source.data" in error.message, error
    return {}


def asynchronous():
    async def work():
        async with make_async() as client:
            message, events = await asyncio.gather(client.messages.create(**ask()), client.messages.create(**ask(), stream=True))
            assert len(message.content[0].text) > 10
            kinds = [event.type async for event in events]
            assert kinds[-1] == "message_stop", kinds
            async with client.messages.stream(**ask(messages=DIRECTIVE, tools=TOOLS)) as stream:
                final = await stream.get_final_message()
            assert final.stop_reason == "tool_use", final
            assert (await client.messages.count_tokens(model="sim", messages=HELLO)).input_tokens > 0
            began = asyncio.Event()
            async def read():
                async for _ in await client.messages.create(**ask(max_tokens=4000), stream=True):
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
