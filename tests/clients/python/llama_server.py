"""llama.cpp's own server, as PyPI's `xllamacpp` has it, with a model that this process writes: it says `listening on URL` and runs until it is killed.

llama_server.py DIRECTORY [embeddings]
"""

import os
import signal
import sys

import xllamacpp

import tiny_model


def parameters(model, embeddings):
    result = xllamacpp.CommonParams()
    result.model.path = model
    result.model_alias = {"tiny"}
    result.hostnames = ["127.0.0.1"]
    result.port = 0
    result.n_parallel = 2
    result.n_ctx = 2 * tiny_model.CONTEXT
    result.cpuparams.n_threads = 1
    result.warmup = False
    result.ui = False
    result.embedding = embeddings
    if embeddings:
        result.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    return result


if __name__ == "__main__":
    model = os.path.join(sys.argv[1], "tiny.gguf")
    tiny_model.write(model)
    server = xllamacpp.Server(parameters(model, "embeddings" in sys.argv[2:]))
    print(f"listening on {server.listening_address}", file=sys.stderr, flush=True)
    signal.pause()
