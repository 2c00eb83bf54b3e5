"""Language-model heads: tokens are samples, the vocabulary the classes, ignored labels left out, tiles for many."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from gpu_experiments.audit import AuditError, audit
from numerics.metrics import last_layer_observables

WORDS, WIDTH, LENGTH = 11, 8, 7


class Language(nn.Module):
    def __init__(self, words=WORDS):
        super().__init__()
        torch.manual_seed(0)
        self.embedding, self.mix = nn.Embedding(words, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, words, bias=False)

    def features(self, tokens):
        return torch.tanh(self.mix(self.embedding(tokens).cumsum(1)))

    def forward(self, input_ids, attention_mask=None):
        return SimpleNamespace(logits=self.head(self.features(input_ids)))


class LanguageForCausalLM(Language):
    """By its name a model of the next token, as those of Hugging Face are."""


class Classifier(nn.Module):
    """Its head reads every position; the output is that of one of them, or the mean."""

    def __init__(self, pick):
        super().__init__()
        torch.manual_seed(0)
        self.body, self.head, self.pick = nn.Embedding(WORDS, WIDTH), nn.Linear(WIDTH, 3), pick

    def forward(self, tokens):
        return self.pick(self.head(self.body(tokens).cumsum(1)))


def sequences(count=24, words=WORDS):
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, words, (count, LENGTH), generator=generator)


def expected(model, features, labels):
    with torch.no_grad():
        features = features.reshape(-1, WIDTH)
        labels = labels.reshape(-1)
        kept = labels >= 0
        return last_layer_observables(features[kept], labels[kept], model.head.weight.detach(), absent="drop")


def assert_same(found, wanted):
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-9, err_msg=name)


def test_tokens_are_samples_and_ignored_ones_are_left_out():
    model, tokens = Language(), sequences()
    labels = tokens.roll(-1, 1)
    labels[:, -1] = -100
    found = audit(model, [{"input_ids": tokens, "labels": labels}], progress=False)
    assert found.samples == 24 * (LENGTH - 1) and found["classes"] == WORDS
    assert_same(found, expected(model, model.features(tokens), labels))
    assert "24 labels were ignored" in found.notes


def test_a_causal_model_is_judged_on_the_next_token():
    model, tokens = LanguageForCausalLM(), sequences()
    wanted = expected(model, model.features(tokens)[:, :-1], tokens[:, 1:])
    assert_same(audit(model, [{"input_ids": tokens, "labels": tokens}], progress=False), wanted)
    assert_same(audit(model, [{"input_ids": tokens}], progress=False), wanted)
    mask = torch.ones_like(tokens)
    mask[:, -2:] = 0
    padded = audit(model, [{"input_ids": tokens, "attention_mask": mask}], progress=False)
    assert_same(padded, expected(model, model.features(tokens)[:, :4], tokens[:, 1:5]))
    here = audit(model, [{"input_ids": tokens, "labels": tokens}], shift=False, progress=False)
    assert_same(here, expected(model, model.features(tokens), tokens))


def test_batches_that_are_ignored_whole_are_passed_over():
    model, tokens = Language(), sequences()
    batches = [(tokens[:8], torch.full((8, LENGTH), -100)), (tokens[8:], tokens[8:])]
    assert audit(model, batches, progress=False).samples == 16 * LENGTH
    with pytest.raises(AuditError, match="0 samples.*all is ignored"):
        audit(model, batches[:1], progress=False)


def test_a_large_vocabulary_runs_by_tiles_and_gives_the_same():
    model, tokens = Language(3000), sequences(200, 3000)
    found = audit(model, [(part, part.roll(-1, 1)) for part in tokens.split(20)], progress=False)
    with torch.no_grad():
        p = model(tokens).logits.double().softmax(-1)
        size = model.features(tokens).double().square().sum(-1)
        rows = model.head.weight.double()
        spread = p @ rows.square().sum(1) - (p @ rows).square().sum(-1)
    np.testing.assert_allclose(found["relative_flatness"], (size * spread).mean(), rtol=1e-4)
    assert found["classes"] == 3000 and any("tiles" in note for note in found.notes)
    assert {"nc1", "nc4", "flatness_loss_bound"} <= found.observables.keys()


@pytest.mark.parametrize("position", [0, 4, LENGTH - 1, "mean"])
def test_a_classifier_that_picks_a_position_after_its_head(position):
    pick = (lambda z: z.mean(1)) if position == "mean" else (lambda z: z[:, position])
    model, tokens = Classifier(pick), sequences(30)
    labels = torch.arange(30) % 3
    with torch.no_grad():
        features = model.body(tokens).cumsum(1)
        features = features.mean(1) if position == "mean" else features[:, position]
    found = audit(model, [(tokens, labels)], progress=False)
    wanted = last_layer_observables(features, labels, model.head.weight.detach(), model.head.bias.detach())
    assert_same(found, wanted)
    assert found.cannot_conclude == ()


def test_a_classifier_that_does_anything_else_after_its_head_is_refused():
    model, labels = Classifier(lambda z: z.max(1).values), torch.arange(30) % 3
    with pytest.raises(AuditError, match="must be .30, 7., one for each row before the head"):
        audit(model, [(sequences(30), labels)], progress=False)
