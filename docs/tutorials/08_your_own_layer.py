"""
Your own layer, in a transformer and beside CA3
===============================================

A layer that mixes tokens is a memory: keys and values are written, queries are read. Any torch
module that maps (query, key, value) goes in. Here an attention of your own is trained inside a
transformer, then by itself, and is then set beside a spiking circuit at equal bits.
"""

import torch

import neuromem as nm


class Mine(torch.nn.Module):
    """Attention with a sharpness of its own, which training sets."""

    def __init__(self, width):
        super().__init__()
        self.width = width
        self.sharpness = torch.nn.Parameter(torch.tensor(0.1))

    def forward(self, query, key, value):
        return torch.softmax(self.sharpness * query @ key.mT, -1) @ value


# %%
# In a transformer it answers keys whose values were told earlier in a sequence, beside the fast
# weights of neuromem. The transformer calls it for one token after the other with what came before,
# so that it is causal whatever it does.

asked = {"length": 16, "pairs": 3, "vocabulary": 32}
lessons, test = (nm.nn.tasks.mqar(number, **asked, rng=number) for number in (3000, 300))
for mixer in (Mine, nm.nn.FastWeights):
    torch.manual_seed(0)
    model = nm.nn.Transformer(vocabulary=32, width=32, depth=2, mixer=mixer)
    progress = nm.nn.training.train(model, lessons, test, steps=200)
    print(f"{mixer.__name__:12} answers {progress.accuracy:.0%} of the keys")

# %%
# Now the layer by itself, on what it will be asked: a damaged item is the query, the stored items
# are keys and values, and the item itself is what it should read.

units, activity = 128, 6 / 128
layer = Mine(units)
descent = torch.optim.Adam(layer.parameters(), 0.02)
for step in range(200):
    items = nm.patterns.sparse(32, units, activity=activity, rng=step)
    cues = nm.cues.erase(items, 0.4, rng=step)
    told, damaged = (torch.tensor(x, dtype=torch.float32)[None] for x in (items, cues))
    loss = (layer(damaged, told, told) - told).square().mean()
    descent.zero_grad()
    loss.backward()
    descent.step()
print(f"sharpness {layer.sharpness.item():.2f}, loss {loss.item():.1e}")

# %%
# A layer goes into every experiment as it is, with the weights that it has learnt. `retrieval`
# gives it the items, cues and decoding of the spiking CA3. So small an experiment is done sooner in
# this process than in several.

with nm.sweep.on(workers=1):
    data = nm.experiments.retrieval.run(
        models=(layer, "attention", "ca3_attractor"),
        units=units,
        active=6,
        stored=(1, 4, 16, 64),
        erased=(0.4,),
        flipped=(0.05,),
        trials=3,
    )
exact = data.exact.isel(condition=0).mean("trial")
print("recalled exactly from 60 % of the units, of so many items")
print(exact.to_series().unstack("stored").round(2).to_string())

# %%
# At equal load attention is better, and it pays: it keeps every item, in numbers of 8 bits, or as
# this layer does of 32, as key and as value. The circuit has the same synapses whatever it holds.
# `equal_bits` gives all of them the bits of the most frugal, here the circuit's, and counts the
# items that come back whole from as many as fit; the spread is that over the trials.

kbit = (data.bits.mean("trial") / 1000).to_series().unstack("stored")
print("kbit held")
print(kbit.round(1).to_string())

right = nm.experiments.retrieval.equal_bits(data, condition=0)
print(f"items recalled exactly within {right.attrs['budget'] / 1000:.0f} kbit")
for model in data.model.values:
    one = right.sel(model=model)
    print(f"{model!s:14} {float(one.mean()):5.1f} +- {float(one.std(ddof=1)):.1f}")

# %%
# On the command line the layer is a file and what it was trained to. Save it with
# `torch.save(layer.state_dict(), "layer.pt")`, put its class into `my_layer.py`, and run::
#
#     neuromem run retrieval --models my_layer.py:Mine:weights=layer.pt,attention,ca3_attractor
#
# `neuromem run associative_recall` trains layers and sets them beside untrained biological
# memories, with accuracy against bits. :doc:`/layers` names the layers that are there.
