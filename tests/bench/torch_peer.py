"""PyTorch on the work that the benchmark measures: one thread, the fastest training step and the median sampled token, as one JSON line.

usage: python3 torch_peer.py lstm|gru VOCABULARY EMBEDDING HIDDEN LAYERS BATCH CONTEXT
"""
import json, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

kind = sys.argv[1]
vocabulary, embedding, hidden, layers, batch, context = map(int, sys.argv[2:8])
torch.set_num_threads(1)


class CharRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.rnn = getattr(nn, kind.upper())(embedding, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens, state=None):
        y, state = self.rnn(self.embedding(tokens), state)
        return self.head(y), state


model = CharRnn()
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
tokens = torch.randint(0, vocabulary, (batch, context + 1))
steps = []
for _ in range(10):
    started = time.perf_counter()
    optimizer.zero_grad()
    logits, _state = model(tokens[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()
    steps.append(time.perf_counter() - started)

samples, state, token = [], None, torch.zeros(1, 1, dtype=torch.long)
with torch.no_grad():
    for _ in range(300):
        started = time.perf_counter()
        logits, state = model(token, state)
        token = torch.multinomial(torch.softmax(logits[0, -1] / 0.8, 0), 1).view(1, 1)
        samples.append(time.perf_counter() - started)

print(json.dumps({"train": batch * context / min(steps), "sample": 1 / sorted(samples)[len(samples) // 2]}))
