"""Writes a language model of a few hundred kilobytes: real in every part, trained on nothing. What it says are words in no order.

The format is GGUF, version 3 ("GGUF: file format", ggml's documentation); the architecture is llama ("GGUF", "Standardized key-value pairs" and tensor names).
"""

import array
import random
import struct
import sys

UINT32, FLOAT32, BOOL, STRING, ARRAY, INT32 = 4, 6, 7, 8, 9, 5
F32_TENSOR = 0
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
ALIGNMENT = 32

WIDTH, HEADS, LAYERS, INNER, CONTEXT = 64, 4, 2, 128, 4096

SYLLABLES = [a + b for a in "bdfgklmnprstvw" for b in "aeiou"]
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)


def vocabulary():
    """The pieces of text, each with what it is. Bytes are there so that every text has tokens."""
    pieces = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    pieces += [("<0x%02X>" % byte, BYTE) for byte in range(256)]
    pieces += [(chr(code), NORMAL) for code in range(0x21, 0x7F)]
    pieces += [("\u2581", NORMAL)]
    pieces += [("\u2581" + syllable, NORMAL) for syllable in SYLLABLES]
    pieces += [("\u2581" + a + b, NORMAL) for a, b in zip(SYLLABLES, SYLLABLES[7:] + SYLLABLES[:7])]
    return pieces


def text(value):
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def array_of(kind, values, pack):
    return struct.pack("<IQ", kind, len(values)) + b"".join(pack(value) for value in values)


def metadata(pieces):
    """Pairs of a key and its type with its value."""
    number = lambda value: (UINT32, struct.pack("<I", value))
    words = lambda value: (STRING, text(value))
    flag = lambda value: (BOOL, struct.pack("<?", value))
    return {
        "general.architecture": words("llama"),
        "general.name": words("tiny"),
        "general.alignment": number(ALIGNMENT),
        "llama.vocab_size": number(len(pieces)),
        "llama.context_length": number(CONTEXT),
        "llama.embedding_length": number(WIDTH),
        "llama.block_count": number(LAYERS),
        "llama.feed_forward_length": number(INNER),
        "llama.rope.dimension_count": number(WIDTH // HEADS),
        "llama.attention.head_count": number(HEADS),
        "llama.attention.head_count_kv": number(HEADS),
        "llama.attention.layer_norm_rms_epsilon": (FLOAT32, struct.pack("<f", 1e-5)),
        "tokenizer.ggml.model": words("llama"),
        "tokenizer.ggml.tokens": (ARRAY, array_of(STRING, [piece for piece, _ in pieces], text)),
        "tokenizer.ggml.scores": (ARRAY, array_of(FLOAT32, [-float(i) for i in range(len(pieces))], lambda value: struct.pack("<f", value))),
        "tokenizer.ggml.token_type": (ARRAY, array_of(INT32, [kind for _, kind in pieces], lambda value: struct.pack("<i", value))),
        "tokenizer.ggml.unknown_token_id": number(0),
        "tokenizer.ggml.bos_token_id": number(1),
        "tokenizer.ggml.eos_token_id": number(2),
        "tokenizer.ggml.add_bos_token": flag(True),
        "tokenizer.ggml.add_eos_token": flag(False),
        "tokenizer.chat_template": words(CHAT_TEMPLATE),
    }


def tensors(pieces):
    """Names with rows, columns and what each row is scaled by. Only whole words are ever likely to be said."""
    speakable = [1.0 if piece.startswith("\u2581") and len(piece) > 1 else 0.0 for piece, _ in pieces]
    yield "token_embd.weight", len(pieces), WIDTH, None
    for layer in range(LAYERS):
        block = "blk.%d." % layer
        yield block + "attn_norm.weight", 1, WIDTH, "ones"
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield block + part + ".weight", WIDTH, WIDTH, None
        yield block + "ffn_norm.weight", 1, WIDTH, "ones"
        yield block + "ffn_gate.weight", INNER, WIDTH, None
        yield block + "ffn_up.weight", INNER, WIDTH, None
        yield block + "ffn_down.weight", WIDTH, INNER, None
    yield "output_norm.weight", 1, WIDTH, "ones"
    yield "output.weight", len(pieces), WIDTH, speakable


def values(chance, rows, columns, scale):
    if scale == "ones":
        return array.array("f", [1.0] * columns)
    result = array.array("f")
    for row in range(rows):
        factor = scale[row] if scale else 1.0
        result.extend(factor * chance.gauss(0, columns**-0.5) for _ in range(columns))
    return result


def padded(data):
    return data + b"\0" * (-len(data) % ALIGNMENT)


def write(path, seed=1):
    pieces = vocabulary()
    chance = random.Random(seed)
    pairs = metadata(pieces)
    infos, data = b"", b""
    count = 0
    for name, rows, columns, scale in tensors(pieces):
        shape = [columns] if scale == "ones" else [columns, rows]
        infos += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", one) for one in shape) + struct.pack("<IQ", F32_TENSOR, len(data))
        data += padded(values(chance, rows, columns, scale).tobytes())
        count += 1
    head = b"GGUF" + struct.pack("<IQQ", 3, count, len(pairs))
    for key, (kind, value) in pairs.items():
        head += text(key) + struct.pack("<I", kind) + value
    with open(path, "wb") as file:
        file.write(padded(head + infos) + data)


if __name__ == "__main__":
    write(sys.argv[1])
