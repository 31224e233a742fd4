"""PyTorch on the CPU as a contender: takes turns at one task, as compare/contender.ts asks it to.

usage: python3 torch_peer.py TASK      (Debian: apt-get install python3-torch libopenblas0-pthread)

TASK is JSON. {"what": "gemm", "size"}: GFLOP/s of a product. {"what": "train" | "sample", "shape"}: tokens/s of training steps, or of
writing one token after the other; with the largest memory of the process so far, in bytes. "threads" are PyTorch's own in all of them; those
of its BLAS are chosen by the environment.
"""
import json
import resource
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

TURN_SECONDS = 0.3
CLOCK = 1e-3


class CharRnn(nn.Module):
    """Embedding, recurrent layers, output layer."""

    def __init__(self, kind, vocabulary, embedding, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.rnn = getattr(nn, kind.upper())(embedding, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        outputs, state = self.rnn(self.embedding(tokens), state)
        return self.head(outputs), state


class Gpt(nn.Module):
    """Learned positions, pre-norm blocks, a last norm, an output layer of its own. It has no key/value cache, as nanoGPT has none."""

    def __init__(self, vocabulary, features, heads, layers, context):
        super().__init__()
        self.token = nn.Embedding(vocabulary, features)
        self.position = nn.Embedding(context, features)
        block = nn.TransformerEncoderLayer(features, heads, 4 * features, 0.0, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, layers, nn.LayerNorm(features))
        self.head = nn.Linear(features, vocabulary, bias=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, 0, 0.02)

    def forward(self, tokens):
        count = tokens.shape[1]
        later = torch.triu(torch.ones(count, count, dtype=torch.bool), 1)
        return self.head(self.blocks(self.token(tokens) + self.position.weight[:count], later)), None


def model_of(shape):
    if shape["kind"] == "gpt":
        return Gpt(*(shape[name] for name in ("vocabulary", "features", "heads", "layers", "context")))
    return CharRnn(*(shape[name] for name in ("kind", "vocabulary", "embedding", "hidden", "layers")))


def seconds_per_call(call):
    """The median over as many calls as a turn has time for; calls too short for the clock are timed several at once."""
    samples, calls, end = [], 1, time.perf_counter() + TURN_SECONDS
    while not samples or time.perf_counter() < end:
        started = time.perf_counter()
        for _ in range(calls):
            call()
        seconds = time.perf_counter() - started
        if seconds < CLOCK:
            calls *= 2
        else:
            samples.append(seconds / calls)
    return statistics.median(samples)


def gemm(size):
    a, b, product = (torch.full((size, size), 1 / size) for _ in range(3))
    return lambda: 2 * size**3 / 1e9 / seconds_per_call(lambda: torch.mm(a, b, out=product))


def train(shape):
    """One step: the gradients of the mean cross-entropy, clipped to a norm of 1, and AdamW."""
    model, batch, context = model_of(shape), shape["batch"], shape["context"]
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    tokens = torch.randint(0, shape["vocabulary"], (batch, context + 1))

    def step():
        optimizer.zero_grad()
        logits, _ = model(tokens[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()

    return lambda: batch * context / seconds_per_call(step)


def sample(shape):
    """One stream at temperature 0.8. The GPT reads its text anew for each token, until its context is full; then a text begins."""
    model, text, state = model_of(shape).eval(), torch.zeros(1, 1, dtype=torch.long), None

    @torch.no_grad()
    def write():
        nonlocal text, state
        if shape["kind"] == "gpt":
            logits, _ = model(text)
        else:
            logits, state = model(text, state)
        token = torch.multinomial(torch.softmax(logits[0, -1] / 0.8, 0), 1).view(1, 1)
        grows = shape["kind"] == "gpt" and text.shape[1] < shape["context"]
        text = torch.cat([text, token], 1) if grows else token

    def turn():
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < TURN_SECONDS:
            write()
            count += 1
        return count / (time.perf_counter() - started)

    return turn


def main():
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task["threads"])
    turn = gemm(task["size"]) if task["what"] == "gemm" else {"train": train, "sample": sample}[task["what"]](task["shape"])
    print("@ {}", flush=True)
    for _ in sys.stdin:
        value = turn()
        print("@", json.dumps({"value": value, "rss": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}), flush=True)


main()
